/** Learning rounds: the model learns from the answers so far and asks about new suggestions. */

import type { Client } from "../api/client";
import type { Job, RoundResult, RoundsAnswer, RoundSettings } from "../api/types";
import { counted } from "../tools/shared/desk";
import { JobRequests } from "./job-requests.svelte";
import { capital } from "./sentence";

export interface RoundsParts {
  client: Pick<Client, "rounds" | "startRound" | "changeRounds" | "cancelJob" | "resumeJob">;
  /** Resolves when every answer is saved: the round learns from them. */
  saved(): Promise<unknown>;
  /** Tells the person on the page of questions, and asks for the new ones. */
  ended(text: string): void;
  /** Calls `told` with every change of the latest job until the returned function is called. */
  listen(told: (job: Job) => void): () => void;
}

const KIND = "round ";

export class Rounds extends JobRequests {
  isOpen = $state(false);
  content = $state.raw<RoundsAnswer | null>(null);
  job = $state.raw<Job | null>(null);
  private stop: (() => void) | null = null;
  /** The settings on screen, until the server has stored them. */
  private chosen: RoundSettings | null = null;
  private changes = Promise.resolve();

  constructor(private readonly parts: RoundsParts) {
    super();
  }

  /** As long as questions are asked: answers start rounds. */
  follow(): void {
    this.stop ??= this.parts.listen((job) => this.note(job));
  }

  unfollow(): void {
    this.stop?.();
    this.stop = null;
  }

  async show(): Promise<void> {
    this.isOpen = true;
    await this.request(async () => {
      await this.parts.saved();
      await this.read();
    });
  }

  start = () =>
    this.request(async () => {
      await this.parts.saved();
      this.note(await this.requests.once("start", (id) => this.parts.client.startRound(id)));
      await this.read();
    });

  cancel = () => this.request(async () => this.note(await this.parts.client.cancelJob(this.job!.id)));

  resume = () => {
    const { id: job } = this.job!;
    return this.request(async () => this.note(await this.requests.once(`resume ${job}`, (id) => this.parts.client.resumeJob(job, id))));
  };

  /** Changes reach the server one after another, in their order. */
  change(changed: Partial<RoundSettings>): Promise<void> {
    const settings = { ...this.content!.settings, ...changed };
    this.chosen = settings;
    this.take(this.content!);
    this.changes = this.changes.then(() => this.request(() => this.store(settings)));
    return this.changes;
  }

  /** The latest job changed: once a round is done, its questions are there. */
  note(job: Job): void {
    if (!job.kind.startsWith(KIND)) return;
    const wasRunning = this.runs && this.job?.id === job.id;
    this.job = job;
    if (!wasRunning || this.runs) return;
    if (this.isOpen) void this.request(() => this.read());
    if (job.state === "done") this.parts.ended(job.message === "" ? summaryOf(job.result as RoundResult) : capital(job.message));
    else if (job.state === "failed") this.parts.ended(`The round failed: ${job.message}`);
  }

  private async store(settings: RoundSettings): Promise<void> {
    const stored = this.parts.client.changeRounds(settings).finally(() => {
      if (this.chosen === settings) this.chosen = null;
    });
    this.take(await stored);
  }

  private async read(): Promise<void> {
    const answer = await this.parts.client.rounds();
    this.take(answer);
    this.job = answer.job;
  }

  private take(answer: RoundsAnswer): void {
    this.content = this.chosen === null ? answer : { ...answer, settings: this.chosen };
  }
}

/** What a round left in the images. */
export function summaryOf({ version, questions, images, tightened }: RoundResult): string {
  if (questions === 0) return `${version} suggests nothing in ${counted(images, "image")}; accept or draw more objects`;
  const found = `${counted(questions, "new question")} from ${version}`;
  return tightened.length === 0 ? found : `${found}; boxes tightened for the classes ${tightened.join(", ")}`;
}
