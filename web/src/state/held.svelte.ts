/** What was drawn before the project had a class: it waits, in the image and over reloads, for the first one. */

import type { Prompt, Shape } from "../api/types";
import type { Classes } from "./classes.svelte";
import type { Images } from "./images.svelte";
import type { Held as Entry, Place } from "./place";

/** How it looks while it waits. */
export interface Drawn {
  prompts?: readonly Prompt[];
  shapes?: readonly Shape[];
}

export interface HeldParts {
  classes: Classes;
  images: Images;
  place: Place;
  /** Does what waited. */
  run(entry: Entry): void;
}

export class Held {
  /** How often a name for the first class was asked for. */
  asked = $state(0);
  private entries = $state.raw<readonly Entry[]>([]);
  /** Of the current image. */
  readonly here: readonly Drawn[] = $derived.by(() => this.entries.filter((entry) => this.isHere(entry)).map(drawn));

  /** Those that an earlier page kept; every tab that was opened since has them. */
  private readonly restored: ReadonlySet<string>;

  constructor(private readonly parts: HeldParts) {
    this.entries = parts.place.held();
    this.restored = new Set(this.entries.map(({ id }) => id));
  }

  /** Asks for a class; what waits follows once there is one. */
  add(entry: Entry): void {
    this.keep([...this.entries, entry]);
    this.asked += 1;
  }

  /** Does what waits in the current image, if there is a class now. */
  release(): void {
    if (this.parts.classes.chosenId === null) return;
    const ready = this.entries.filter((entry) => this.isHere(entry));
    const stored = new Set(this.parts.place.held().map(({ id }) => id));
    for (const entry of ready) if (!this.restored.has(entry.id) || stored.has(entry.id)) this.parts.run(entry);
    if (ready.length > 0) this.keep(this.entries.filter((entry) => !this.isHere(entry)));
  }

  /** Undo; false when nothing waits here. */
  dropLast(): boolean {
    const last = this.entries.findLast((entry) => this.isHere(entry));
    if (last !== undefined) this.keep(this.entries.filter((entry) => entry !== last));
    return last !== undefined;
  }

  private keep(entries: readonly Entry[]): void {
    this.entries = entries;
    this.parts.place.keepHeld(entries);
  }

  private isHere({ imageId }: Entry): boolean {
    return imageId === this.parts.images.currentId;
  }
}

function drawn(entry: Entry): Drawn {
  if (entry.action === "respond") return { prompts: entry.prompts };
  if (entry.action === "class-click") return { prompts: [{ type: "click", x: entry.at[0], y: entry.at[1], adds: true }] };
  return { shapes: entry.wanted.map(({ patch }) => patch.shape).filter((shape) => shape != null) };
}
