/** What a person prefers, kept in this browser. */

import type { KeyOverrides } from "./keys";

export type Theme = "system" | "dark" | "light";
export type ImageFilter = "all" | "todo" | "done";
export type ImageOrder = "name" | "quality" | "learning";
export type ObjectOrder = "made" | "quality";
/** What becomes of suggestions that nobody has accepted when a person leaves their image. */
export type OnLeaving = "ask" | "accept" | "leave";

const KEY = "fewclicks.settings";

const DEFAULTS = {
  theme: "system" as Theme,
  fill: 0.2,
  brushRadius: 12,
  imageFilter: "all" as ImageFilter,
  imageOrder: "name" as ImageOrder,
  objectOrder: "made" as ObjectOrder,
  onLeaving: "ask" as OnLeaving,
  keys: {} as KeyOverrides,
  /** Proposals below it are not shown. */
  leastScore: 0.35,
  /** Shows only boxes that save time: a limit that a learning round has found for a class replaces `leastScore`. */
  onlyWorthwhile: true,
  /** Suggested points below it are not shown; models of points choose a minimum of their own. */
  leastPointScore: 0,
  /** The model that outlines the object at a point; "": the first one. */
  outliner: "",
  /** What was clicked in other images counts for this one. */
  elsewhere: true,
  hintSeen: false,
  /** Advice to train that was closed: the project and the model of each. */
  closedAdvice: [] as readonly string[],
};

export type SettingValues = typeof DEFAULTS;

export class Settings {
  values = $state<SettingValues>({ ...DEFAULTS });

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem">) {
    try {
      Object.assign(this.values, JSON.parse(storage.getItem(KEY) ?? "{}"));
    } catch {
      // Unreadable settings count as none.
    }
  }

  set<K extends keyof SettingValues>(name: K, value: SettingValues[K]): void {
    this.values[name] = value;
    try {
      this.storage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // A full storage forgets a preference; nothing is lost.
    }
  }
}
