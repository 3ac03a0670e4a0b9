/** One question about a suggestion after the other: answered by keyboard, each answer kept until the server has it. */

import { type Client, Refused } from "../api/client";
import { Outbox } from "../api/outbox";
import { RequestIds } from "../api/request-ids";
import type { AnswerRequest } from "../api/schema";
import type { Annotation, Question, Shape } from "../api/types";
import type { Classes } from "./classes.svelte";
import { newAnnotation } from "./editing";
import { Effort } from "./effort.svelte";
import { QuestionDraft } from "./question-draft.svelte";
import { QuestionQueue, type QuestionQueueParts, type Word } from "./question-queue.svelte";
import { sentence } from "./sentence";

type Sent = { id: string; body: AnswerRequest } | { id: string; of: string };
type Given = { id: string; word: Word; question: Question };

export interface QuestionsParts extends Pick<QuestionQueueParts, "pictures" | "storage" | "project" | "tab" | "isClosed"> {
  client: QuestionQueueParts["client"] & Pick<Client, "answerQuestion" | "undoAnswer">;
  classes: Classes;
  /** Resolves when everything else is saved: it may be about the same objects. */
  saved(): Promise<unknown>;
  /** Answers have changed images that the page shows elsewhere. */
  changed(): Promise<unknown>;
}

export class Questions {
  /** What happened last, in one line. */
  notice = $state("");
  /** Answers that the server does not have yet. */
  unsaved = $state(0);
  readonly draft = new QuestionDraft();
  readonly queue: QuestionQueue;
  private made = $state.raw<readonly Annotation[]>([]);
  private readonly given: Given[] = [];
  private readonly outbox: Outbox<Sent>;
  private readonly effort = new Effort();
  private readonly requests = new RequestIds();

  constructor(private readonly parts: QuestionsParts) {
    this.outbox = new Outbox<Sent>(
      parts.storage,
      `questions.${parts.project}`,
      {
        send: (entry) => this.send(entry),
        refused: (entry, reason) => this.refused(entry, reason),
        changed: (connection, message) => {
          this.unsaved = this.outbox.pending.length;
          if (connection !== "fine") this.notice = `${message} Your answers are saved in this browser; fewclicks sends them when the server responds again.`;
        },
      },
      parts.tab,
    );
    this.queue = new QuestionQueue({
      ...parts,
      unsaved: () => this.outbox.pending.map((entry) => ("body" in entry ? entry.body.item_id : null)),
      drained: () => this.outbox.drained(),
      arrived: () => this.begin(),
      failed: (error) => void (this.notice = sentence(error.message)),
    });
  }

  get isOpen(): boolean {
    return this.queue.isOpen;
  }

  /** Whether the question on the screen is about what is missing in an area. */
  get isAboutArea(): boolean {
    return this.queue.current?.kind === "area";
  }

  /** Whether an answer would be lost if the page were closed now. */
  get atRisk(): boolean {
    return this.outbox.atRisk;
  }

  /** The accepted objects around the suggestion, with those of the last answers. */
  get around(): readonly Annotation[] {
    const { current } = this.queue;
    if (current === null) return [];
    const left = this.given.flatMap(({ word, question }) => (word === "accept" && question.from_xy ? [question.from_xy.join()] : []));
    const still = (current.around as Annotation[]).filter(({ shape }) => shape?.type !== "point" || !left.includes(`${shape.x},${shape.y}`));
    return [...still, ...this.made.filter(({ image_id }) => image_id === current.image_id)];
  }

  async show(): Promise<void> {
    if (this.isOpen) return;
    this.notice = "";
    await Promise.all([this.queue.open(), this.parts.saved(), this.outbox.drained()]);
    this.given.length = 0; // some may have been undone in their images
    await this.queue.start();
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.queue.close();
    await this.outbox.drained();
    this.made = [];
    await this.parts.changed();
  }

  /** Resolves when the server has every answer. */
  saved(): Promise<unknown> {
    return this.outbox.drained();
  }

  /** There are new suggestions: asks about them after the question on the screen. */
  async renew(notice: string): Promise<void> {
    if (!this.isOpen) return;
    await this.queue.renew();
    this.notice = notice;
  }

  /** Sends the answers that this tab or closed ones have left behind. */
  async sendLeft(): Promise<void> {
    await this.outbox.restore(this.parts.isClosed);
  }

  act(): void {
    this.effort.act();
  }

  /** Yes: as it stands on the screen; while an object is added, that object. */
  accept(): void {
    const { added, isMoved, shape } = this.draft;
    if (added !== null) return this.add(added);
    this.give("accept", isMoved ? { shape } : {});
  }

  reject(): void {
    if (this.draft.added !== null) return;
    if (this.isAboutArea) this.notice = "Add each object that has no box yet, or confirm that nothing is missing";
    else this.give("delete", {});
  }

  skip(): void {
    if (this.draft.added === null) this.give("skip", {});
  }

  /** The suggestion has this class, which answers the question; or the object that is added has it. */
  chooseClass(classId: number): void {
    const { draft } = this;
    if (draft.added !== null) return void (draft.addedClass = classId);
    if (this.isAboutArea) return draft.startAdding(classId);
    this.give("accept", { class_id: classId, ...(draft.isMoved && { shape: draft.shape }) });
  }

  /** A missing object, drawn with the pointer. */
  add(shape: Shape): void {
    const { addedClass } = this.draft;
    if (this.queue.current === null || addedClass === null) return;
    this.record("missing", { shape, class_id: addedClass });
    this.draft.added = null;
    this.notice = this.isAboutArea ? "Object added. Does every object in the frame have a box now?" : "Object added. Now answer the question about the suggestion";
  }

  /** What was begun, then the last answer, also of an earlier visit. */
  async undo(): Promise<void> {
    if (this.draft.undo()) return;
    const last = this.given.pop();
    if (last === undefined) return this.undoEarlier();
    this.forget(last.id);
    this.push({ id: crypto.randomUUID(), of: last.id });
    if (last.word !== "missing") this.queue.putBack(last.question, last.word);
    this.notice = "Undone";
    this.begin();
  }

  back(): void {
    if (!this.draft.undo()) void this.close();
  }

  private give(word: Word, values: Partial<AnswerRequest>): void {
    if (this.queue.current === null) return;
    this.record(word, values);
    this.queue.pass(word);
    this.notice = "";
    this.begin();
  }

  private record(answer: Word, { shape, class_id }: Partial<AnswerRequest>): void {
    const question = this.queue.current!;
    const id = crypto.randomUUID();
    const body: AnswerRequest = { id, item_id: question.id, answer, clicks: this.draft.takeClicks(), seconds: this.effort.take() };
    if (shape != null) body.shape = shape;
    if (class_id != null) body.class_id = class_id;
    this.given.push({ id, word: answer, question });
    if (answer === "missing" || (answer === "accept" && question.kind !== "area")) this.note(id, question, shape ?? question.shape, class_id ?? question.class_id);
    this.push({ id, body });
  }

  /** An accepted object is seen around the next questions of its image. */
  private note(id: string, { image_id }: Question, shape: Shape, classId: number): void {
    this.made = [...this.made, { ...newAnnotation(`${id}-0`, image_id, classId), state: "accepted", shape }];
  }

  private forget(id: string): void {
    this.made = this.made.filter((annotation) => annotation.id !== `${id}-0`);
  }

  private push(entry: Sent): void {
    this.outbox.push(entry);
    this.unsaved = this.outbox.pending.length;
  }

  private async send(entry: Sent): Promise<void> {
    const { client } = this.parts;
    await ("body" in entry ? client.answerQuestion(entry.body) : client.undoAnswer(entry.id, entry.of));
  }

  private refused(entry: Sent, reason: Refused): void {
    this.notice = sentence(reason.message);
    const at = this.given.findIndex(({ id }) => id === entry.id);
    if (at >= 0) this.given.splice(at, 1);
    this.forget(entry.id);
    this.queue.recount();
  }

  /** The question on the screen is looked at from now on. */
  private begin(): void {
    this.draft.begin(this.queue.current);
    this.effort.take();
  }

  private async undoEarlier(): Promise<void> {
    try {
      await this.outbox.drained();
      const { question } = await this.requests.once("undo", (id) => this.parts.client.undoAnswer(id, null));
      this.notice = "Undone";
      const reopened = this.queue.reopen(question);
      this.begin();
      await reopened;
    } catch (error) {
      this.notice = sentence((error as Error).message);
    }
  }
}
