/** The models that the project has: which of them answer, and which it can train. */

import type { Method, MethodInfo, ProjectAnswer } from "../api/types";
import type { Tool } from "../tools/shared/tool";

type Models = Pick<ProjectAnswer, "methods" | "trainable">;

export class Available {
  /** What answers now. */
  methods: Models["methods"] = $state([]);
  /** What the project can train, whether or not it answers. */
  trainable: Models["trainable"] = $state([]);

  constructor(models: Models) {
    this.take(models);
  }

  take({ methods, trainable }: Models): void {
    this.methods = methods;
    this.trainable = trainable;
  }

  named(name: Method): MethodInfo | undefined {
    return this.methods.find((method) => method.name === name);
  }

  /** Those that can be asked about many images. */
  get askable(): readonly MethodInfo[] {
    return this.methods.filter(({ task }) => task === "boxes" || task === "points");
  }

  /** The models that can give boxes masks. */
  get maskers(): readonly MethodInfo[] {
    return this.methods.filter(({ task, prompts }) => task === "mask" && prompts.includes("box"));
  }

  /** Whether a model suggests boxes. */
  get findsBoxes(): boolean {
    return this.methods.some(({ task }) => task === "boxes");
  }

  /** Whether a model can do anything in many images. */
  get hasJobs(): boolean {
    return this.askable.length + this.maskers.length > 0;
  }

  /** The name of a model with its version; of the first model if none is named. */
  fullName(name: Method | undefined): string {
    const method = name === undefined ? this.methods[0] : this.named(name);
    if (method === undefined) return "No model";
    return method.version.startsWith(method.name) ? method.version : `${method.name} ${method.version}`;
  }

  /** The model to train for a tool, else the first one; null if none can be trained. */
  trainedFor({ method, shows }: Pick<Tool, "method" | "shows">): Method | null {
    const own = this.trainable.find(({ name, task }) => name === method || (shows === "points" && task === "points"));
    return (own ?? this.trainable[0])?.name ?? null;
  }
}
