/** What the status bar says of keys: as they are mapped now, and nothing of an action that has no key. */

import type { Desk } from "./desk";

/** Words alone, or actions with what their keys do. */
type Part = string | readonly [actions: string | readonly string[], does: string];

export function hintOf(desk: Desk, ...parts: Part[]): string {
  return parts.map((part) => (typeof part === "string" ? part : keyed(desk, part))).filter(Boolean).join(" · ");
}

function keyed(desk: Desk, [actions, does]: Exclude<Part, string>): string {
  const keys = [actions].flat().map((action) => desk.key(action)).filter(Boolean);
  return keys.length === 0 ? "" : `${keys.join(" and ")} ${does}`;
}

/** A tooltip with the key of its action, if it has one. */
export const withKey = (text: string, key: string): string => (key === "" ? text : `${text} (${key})`);

/** What Enter does with the selected object. */
export function afterwards({ selected }: Desk): Part {
  return ["forward", selected?.state === "proposed" ? "accepts" : "deselects"];
}

/** The keys of the nine classes, if they are still the digits. */
export function classKeys(desk: Desk): string {
  const keys = Array.from({ length: 9 }, (_, i) => desk.key(`class.${i + 1}`)).join("");
  return keys === "123456789" ? "1-9" : "the key of a class";
}
