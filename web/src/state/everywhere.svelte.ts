/** What models do in all images: jobs that ask them, moves that are accepted everywhere, and the undo of either. */

import type { Client } from "../api/client";
import type { AskedImages, AskResult, Batch, Job, Method, MethodInfo } from "../api/types";
import { counted } from "../tools/shared/desk";
import { wordFor } from "./history";
import { JobRequests } from "./job-requests.svelte";
import { asTitle } from "./sentence";

export interface EverywhereParts {
  client: Pick<Client, "ask" | "cancelJob" | "resumeJob" | "acceptMoves" | "batches" | "undoBatch">;
  /** What a model answers with. */
  taskOf(method: Method): MethodInfo["task"] | undefined;
  /** Resolves when everything is saved: unsaved work may be about the same points. */
  saved(): Promise<unknown>;
  /** Many images may have changed. */
  changed(): Promise<void>;
  say(text: string): void;
  /** Calls `told` with every change of the latest job until the returned function is called. */
  listen(told: (job: Job) => void): () => void;
}

const KIND = "ask ";
/** How long the server may take to tell about a job, before there is none. */
const PATIENCE_MS = 3000;

export class Everywhere extends JobRequests {
  images = $state<AskedImages>("all");
  /** The class of the boxes that get masks; null: every class. */
  boxClass = $state<number | null>(null);
  job = $state.raw<Job | null>(null);
  /** What changed many images, latest first. */
  batches = $state.raw<readonly Batch[]>([]);
  private stop: (() => void) | null = null;
  private shown = false;

  constructor(private readonly parts: EverywhereParts) {
    super();
  }

  /** The model that the latest job asks; "" without one. */
  get method(): Method {
    return this.job?.kind.slice(KIND.length) ?? "";
  }

  /** At the start of the page: a job may be under way. */
  load(): void {
    this.stop ??= this.parts.listen((job) => this.note(job));
    setTimeout(() => this.follow(), PATIENCE_MS);
  }

  async show(): Promise<void> {
    this.shown = true;
    this.follow();
    await this.request(async () => void (this.batches = await this.parts.client.batches()));
  }

  hide(): void {
    this.shown = false;
    this.follow();
  }

  cancel = () => this.request(async () => this.note(await this.parts.client.cancelJob(this.job!.id)));

  ask(method: Method): Promise<void> {
    const { images } = this;
    const classId = this.parts.taskOf(method) === "mask" ? this.boxClass : null;
    return this.request(async () => {
      await this.parts.saved();
      const what = `ask ${method} ${images} ${classId}`;
      this.note(await this.requests.once(what, (id) => this.parts.client.ask(method, images, classId, id)));
      this.follow();
    });
  }

  resume(): Promise<void> {
    const { id: job } = this.job!;
    return this.request(async () => {
      this.note(await this.requests.once(`resume ${job}`, (id) => this.parts.client.resumeJob(job, id)));
      this.follow();
    });
  }

  acceptMoves(): Promise<void> {
    return this.request(async () => {
      const { client, saved, say } = this.parts;
      await saved();
      const { moved, images, outdated } = await this.requests.once("accept moves", (id) => client.acceptMoves(id));
      const dropped = outdated > 0 ? `. Removed ${counted(outdated, "move")} of points that have changed since` : "";
      say(`${moved > 0 ? `Moved ${counted(moved, "point")} in ${counted(images, "image")}` : "There are no moves to accept"}${dropped}`);
      await this.reread();
    });
  }

  undo(event: number): Promise<void> {
    return this.request(async () => {
      const { client, saved, say } = this.parts;
      await saved();
      const { kind, images, kept } = await this.requests.once(`undo ${event}`, (id) => client.undoBatch(event, id));
      const stays = kept > 0 ? `. ${counted(kept, "change")} kept, because of later changes` : "";
      say(`Undone: ${wordFor(kind)}, in ${counted(images, "image")}${stays}`);
      await this.reread();
    });
  }

  /** The latest job changed: once it is done, its suggestions are there. */
  note(job: Job): void {
    if (!job.kind.startsWith(KIND)) return this.follow();
    const wasRunning = this.runs && this.job?.id === job.id;
    this.job = job;
    if (wasRunning && job.state === "done") {
      this.parts.say(this.summaryOf(job.result as AskResult));
      void this.request(() => this.reread());
    } else if (wasRunning && job.state === "failed") this.parts.say(`${asTitle(this.method)} failed: ${job.message}`);
    this.follow();
  }

  summaryOf(result: AskResult): string {
    return summaryOf(result, this.parts.taskOf(result.role));
  }

  private async reread(): Promise<void> {
    await this.parts.changed();
    this.batches = await this.parts.client.batches();
  }

  /** Listens while somebody looks or a job runs. */
  private follow(): void {
    if (this.shown || this.runs) this.stop ??= this.parts.listen((job) => this.note(job));
    else {
      this.stop?.();
      this.stop = null;
    }
  }
}

/** What a job left in the images. */
export function summaryOf(result: AskResult, task: MethodInfo["task"] = "points"): string {
  const { role, images, suggestions, skipped } = result;
  const next = task === "boxes" && suggestions === 0 ? ". Click two objects of a class, in any image, then try again" : "";
  return `${asTitle(role)}: ${foundOf(result, task)} in ${counted(images, "image")}${skipped.map(leftOut).join("")}${next}`;
}

function foundOf({ moves, suggestions }: AskResult, task: MethodInfo["task"]): string {
  if (task === "mask") return counted(suggestions, "suggested mask");
  if (task === "boxes") return `${suggestions.toLocaleString("en")} suggested ${suggestions === 1 ? "box" : "boxes"}`;
  const points = [moves > 0 && counted(moves, "suggested move"), suggestions > 0 && counted(suggestions, "suggested point")];
  return points.filter(Boolean).join(" and ") || "no suggestions";
}

/** The images or boxes without an answer, and why. */
function leftOut({ reason, images, objects, first }: AskResult["skipped"][number]): string {
  const boxes = objects > 0 ? `${objects.toLocaleString("en")} ${objects === 1 ? "box" : "boxes"} in ` : "";
  return `. Skipped ${boxes}${counted(images, "image")}, such as ${first}: ${reason}`;
}
