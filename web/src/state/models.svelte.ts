/** Which version of a model answers, and the training of the project's own. */

import { type Client, EVENTS_URL, Refused } from "../api/client";
import type { Job, Method, Model, ModelsAnswer, Setting, SettingValue, SettingValues, Trainable, TrainingResult } from "../api/types";
import { isUnderWay, JobRequests } from "./job-requests.svelte";
import { Reads } from "./reads";
import { capital } from "./sentence";

/** Of jobs that train, followed by the name of the model. */
const KIND = "train ";

export interface ModelsParts {
  client: Pick<Client, "models" | "chooseModel" | "train" | "cancelJob" | "resumeJob">;
  /** The models that the project can train. */
  trainable(): readonly Trainable[];
  /** The one that the tool in hand is about; null where there is none. */
  method(): Method | null;
  /** Another version may be active now. */
  changed(): Promise<void>;
  say(text: string): void;
  /** Calls `told` with every change of the latest job until the returned function is called. */
  listen(told: (job: Job) => void): () => void;
}

export class Models extends JobRequests {
  answer = $state<ModelsAnswer | null>(null);
  /** Settings that a person has changed, for each model. */
  private readonly settings = $state<Record<Method, SettingValues>>({});
  /** The model that the panel is about when it is not that of the tool in hand. */
  private picked = $state<Method | null>(null);
  /** A choice that was refused because another page had chosen another version. */
  private refused = $state.raw<{ version: string | null } | null>(null);
  /** Both choices, as long as they differ; null: the shipped version. */
  readonly conflict = $derived.by(() => {
    const { refused, answer } = this;
    if (refused === null || answer === null || refused.version === answer.chosen) return null;
    return { mine: refused.version, theirs: answer.chosen };
  });
  private readonly reads = new Reads();
  private stop: (() => void) | null = null;
  private shown = false;

  constructor(private readonly parts: ModelsParts) {
    super();
  }

  get job(): Job | null {
    return this.answer?.job ?? null;
  }

  /** The model that the panel is about: the one that is trained now, else the picked one, else that of the tool in hand. */
  get method(): Method | null {
    return this.runs ? this.answer!.method : (this.picked ?? this.parts.method());
  }

  get chosen(): Model | null {
    const { answer } = this;
    return answer?.models.find(({ version }) => version === answer.chosen) ?? null;
  }

  /** Why no training can start now; empty when one can. */
  get missing(): string {
    return this.answer?.training?.missing ?? "";
  }

  /** The value of a setting in the next training run. */
  settingOf({ name, default: otherwise }: Setting): SettingValue | null {
    return this.settings[this.method ?? ""]?.[name] ?? otherwise;
  }

  /** Changes a setting of the next training run; null restores the default. */
  change(name: string, value: SettingValue | null): void {
    const values = (this.settings[this.method ?? ""] ??= {});
    if (value === null) delete values[name];
    else values[name] = value;
  }

  /** What the last training came to, if it ended well. */
  get result(): TrainingResult | null {
    const { job } = this;
    return job?.state === "done" && "version" in job.result ? (job.result as TrainingResult) : null;
  }

  /** At the start of the page: a training of any model may be under way. */
  async load(): Promise<void> {
    const first = this.parts.method();
    for (const { name } of this.parts.trainable()) {
      if (!this.runs && name !== first) await this.lookFor(name);
    }
    await this.read();
  }

  async show(): Promise<void> {
    this.shown = true;
    this.problem = "";
    await this.read();
  }

  /** The panel is about this model until it is closed. */
  pick(method: Method): void {
    this.picked = method;
    if (this.shown) void this.show();
  }

  hide(): void {
    this.shown = false;
    this.picked = null;
    this.follow();
  }

  choose = async (version: string | null) => {
    this.refused = null;
    await this.ask((method) => this.chosenOf(method, version));
  };

  /** The version that the other page chose stays active. */
  keepOther = () => {
    this.refused = null;
  };

  cancel = () => this.work(() => this.parts.client.cancelJob(this.job!.id));

  train = () =>
    this.work((method) => {
      const values = this.settings[method] ?? {};
      return this.requests.once(`train ${method} ${JSON.stringify(values)}`, (id) => this.parts.client.train(method, values, id));
    });

  resume = () => {
    const { id: job } = this.job!;
    return this.work(() => this.requests.once(`resume ${job}`, (id) => this.parts.client.resumeJob(job, id)));
  };

  /** The latest job changed: once a training is done, its model answers. */
  note(job: Job): void {
    const { answer } = this;
    if (answer === null || job.kind !== KIND + answer.method) return;
    const wasRunning = this.runs && answer.job?.id === job.id;
    answer.job = job;
    if (wasRunning && job.state === "done") {
      const { version, finds_less } = job.result as TrainingResult;
      const isActive = `The new model ${version} is now active${finds_less ? ", but its mAP is lower than before" : ""}`;
      this.parts.say(capital(job.message) || isActive);
      void this.read(answer.method);
    } else if (wasRunning && job.state === "failed") this.parts.say("Training failed; open the model panel for the reason");
    this.follow();
  }

  /** Takes up what there is of a model only if it trains: the panel may be open, about another one. */
  private async lookFor(method: Method): Promise<void> {
    const answer = await this.parts.client.models(method).catch(() => null);
    if (answer === null || !isUnderWay(answer.job)) return;
    await this.take(answer);
    this.follow();
  }

  private async read(of = this.method): Promise<void> {
    await this.ask((method) => this.reads.read("models", () => this.parts.client.models(method)), of);
    this.follow();
  }

  /** Listens while somebody looks or a training runs. */
  private follow(): void {
    if (this.shown || this.runs) this.stop ??= this.parts.listen((job) => this.note(job));
    else {
      this.stop?.();
      this.stop = null;
    }
  }

  private async work(request: (method: Method) => Promise<Job>): Promise<void> {
    await this.ask(async (method) => {
      try {
        this.note(await request(method));
      } catch (error) {
        if (error instanceof Refused) await this.lookAgain(method);
        throw error;
      }
      return null;
    });
  }

  /** After a refusal: another page may have started a training. */
  private async lookAgain(method: Method): Promise<void> {
    this.answer = await this.parts.client.models(method).catch(() => this.answer);
    this.follow();
  }

  private async chosenOf(method: Method, version: string | null): Promise<ModelsAnswer> {
    const { client } = this.parts;
    try {
      return await client.chooseModel(method, version, this.answer?.chosen);
    } catch (error) {
      if (!(error instanceof Refused && error.code === "outdated")) throw error;
      const answer = await client.models(method);
      this.refused = { version };
      return answer;
    }
  }

  private async ask(request: (method: Method) => Promise<ModelsAnswer | null>, method = this.method): Promise<void> {
    if (method === null) return;
    await this.request(async () => {
      const answer = await request(method);
      if (answer !== null) await this.take(answer);
    });
  }

  private async take(answer: ModelsAnswer): Promise<void> {
    const isOther = this.answer?.method === answer.method && this.answer.weights !== answer.weights;
    this.answer = answer;
    if (isOther) await this.parts.changed();
  }
}

/** Follow the latest job of a project. */
export function jobsOf(project: string): (told: (job: Job) => void) => () => void {
  return (told) => {
    const source = new EventSource(`${EVENTS_URL}?project=${project}`);
    source.addEventListener("job", (event) => told(JSON.parse((event as MessageEvent<string>).data) as Job));
    return () => source.close();
  };
}
