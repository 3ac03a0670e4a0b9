/** Names for the tabs of this browser, so that each sends only its own changes. */

import type { Keep } from "./outbox";

const KEY = "fewclicks.tab";

/** The name of this tab, which it keeps over reloads; a duplicated tab gets another one. */
export async function claimTab(session: Keep, locks: LockManager): Promise<string> {
  const known = session.getItem(KEY);
  if (known !== null && (await hold(locks, known))) return known;
  const name = crypto.randomUUID();
  await hold(locks, name);
  session.setItem(KEY, name);
  return name;
}

/** Whether a tab is gone; from then on this one stands in for it, and no other does. */
export const isClosed = (locks: LockManager) => (name: string) => hold(locks, name);

/** Takes the lock of a tab until this page goes; false while a page has it. */
function hold(locks: LockManager, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    void locks.request(`${KEY}.${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<never>(() => undefined);
    });
  });
}
