/** When the page advises to train a model of points: once there is enough to train one that cannot answer yet. */

import type { Method, MethodInfo, ProjectAnswer, Trainable } from "../api/types";
import type { Images } from "./images.svelte";
import type { Models } from "./models.svelte";
import type { Settings } from "./settings.svelte";

/** The fewest finished images, and objects in them, for the first version of a model (docs/locate.md, When to train). */
export const ENOUGH = { images: 10, objects: 200 };

export interface AdviceParts {
  images: Images;
  settings: Settings;
  models: Pick<Models, "runs">;
  project: Pick<ProjectAnswer, "id" | "read_only">;
  trainable(): readonly Trainable[];
  /** Those that answer now. */
  methods(): readonly Pick<MethodInfo, "name">[];
}

export class Advice {
  private readonly finished = $derived.by(() => {
    const usable = this.parts.images.all.filter(({ status, problem, large }) => status === "done" && problem === null && !large);
    return { images: usable.length, objects: usable.reduce((sum, { annotations, proposed }) => sum + annotations - proposed, 0) };
  });
  /** The model to train, and what the project has to train it on; null: none. */
  readonly shown = $derived.by(() => {
    const { finished } = this;
    const { methods, models, project, settings, trainable } = this.parts;
    if (models.runs || project.read_only) return null;
    if (finished.images < ENOUGH.images || finished.objects < ENOUGH.objects) return null;
    const isOpen = ({ name, task, trained }: Trainable) => {
      const answers = trained || methods().some((each) => each.name === name);
      return task === "points" && !answers && !settings.values.closedAdvice.includes(this.keyOf(name));
    };
    const method = trainable().find(isOpen)?.name;
    return method === undefined ? null : { method, ...finished };
  });

  constructor(private readonly parts: AdviceParts) {}

  /** Gives no more advice about this model in this project. */
  close(method: Method): void {
    const { settings } = this.parts;
    settings.set("closedAdvice", [...settings.values.closedAdvice, this.keyOf(method)]);
  }

  private keyOf(method: Method): string {
    return `${this.parts.project.id} ${method}`;
  }
}
