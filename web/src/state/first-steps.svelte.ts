/** The hint of the first run: three steps, gone once they were taken. */

import type { ChangeAnswer } from "../api/types";
import type { Settings } from "./settings.svelte";

/** For the last one, the key that does it says more. */
export const STEPS = ["Drag a box around an object", "Click on a mistake", "Accept the object in the list"] as const;

export class FirstSteps {
  /** The step to be taken now; null when the hint is not shown. */
  step = $state<number | null>(null);

  constructor(
    private readonly settings: Settings,
    wanted: boolean,
  ) {
    if (wanted && !settings.values.hintSeen) this.step = 0;
  }

  note({ annotations: [annotation], error }: ChangeAnswer): void {
    if (this.step === null || annotation === undefined || error !== null) return;
    const clicks = annotation.prompts.filter((prompt) => prompt.type === "click").length;
    if (annotation.state === "accepted") this.close();
    else if (clicks > 0) this.step = 2;
    else if (annotation.shape !== null && this.step === 0) this.step = 1;
  }

  close(): void {
    this.step = null;
    this.settings.set("hintSeen", true);
  }
}
