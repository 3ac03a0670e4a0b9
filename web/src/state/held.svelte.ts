/** What was drawn before the project had a class: it waits, in the image, for the first one. */

import type { Prompt, Shape } from "../api/types";
import type { Classes } from "./classes.svelte";
import type { Images } from "./images.svelte";

/** How it looks while it waits. */
export interface Drawn {
  prompts?: readonly Prompt[];
  shapes?: readonly Shape[];
}

interface Entry extends Drawn {
  imageId: number | null;
  run(): void;
}

export class Held {
  /** How often a name for the first class was asked for. */
  asked = $state(0);
  private entries = $state.raw<readonly Entry[]>([]);
  /** Of the current image. */
  readonly here: readonly Drawn[] = $derived(this.entries.filter((entry) => this.isHere(entry)));

  constructor(private readonly parts: { classes: Classes; images: Images }) {}

  /** Asks for a class; `run` follows once there is one. */
  add(drawn: Drawn, run: () => void): void {
    this.entries = [...this.entries, { ...drawn, imageId: this.parts.images.currentId, run }];
    this.asked += 1;
  }

  /** Does what waits in the current image, if there is a class now. */
  release(): void {
    if (this.parts.classes.chosenId === null) return;
    const ready = this.entries.filter((entry) => this.isHere(entry));
    if (ready.length === 0) return;
    this.entries = this.entries.filter((entry) => !this.isHere(entry));
    for (const entry of ready) entry.run();
  }

  /** Undo; false when nothing waits here. */
  dropLast(): boolean {
    const last = this.entries.findLast((entry) => this.isHere(entry));
    this.entries = this.entries.filter((entry) => entry !== last);
    return last !== undefined;
  }

  private isHere({ imageId }: Entry): boolean {
    return imageId === this.parts.images.currentId;
  }
}
