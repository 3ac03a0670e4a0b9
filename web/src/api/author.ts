/** The name of this browser, by which the server knows whose work undo takes back. */

import type { Keep } from "./outbox";

const KEY = "fewclicks.author";

/** The name that this browser has; a storage that is full gives one for this page alone. */
export function claimAuthor(storage: Keep): string {
  const known = storage.getItem(KEY);
  if (known !== null) return known;
  const name = crypto.randomUUID();
  try {
    storage.setItem(KEY, name);
  } catch {
    return name;
  }
  return name;
}
