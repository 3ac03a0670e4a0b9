/** One question about a suggestion after the other: prefetched, answered by keyboard, kept until the server has the answer. */

import { type Client, Refused } from "../api/client";
import { type Keep, Outbox } from "../api/outbox";
import { RequestIds } from "../api/request-ids";
import type { AnswerRequest } from "../api/schema";
import type { Annotation, Point, Question, Shape, WorkProgress } from "../api/types";
import { moved, withinImage } from "../render/shapes";
import type { Classes } from "./classes.svelte";
import { newAnnotation } from "./editing";
import { Effort } from "./effort.svelte";
import { QuestionLeases } from "./question-leases";
import { beside, resized } from "./question-shapes";
import type { QuestionPictures } from "./question-pictures.svelte";
import { sentence } from "./sentence";

/** Questions that a page has, the one on the screen included: few, so that others have some too. */
const AHEAD = 4;
/** How often the page renews its leases, and looks for new questions when it has none. */
const RENEW_MS = 15_000;

type Word = AnswerRequest["answer"];
type Sent = { id: string; body: AnswerRequest } | { id: string; of: string };
type Given = { id: string; word: Word; question: Question };

export interface QuestionsParts {
  client: Pick<Client, "nextQuestions" | "answerQuestion" | "undoAnswer" | "giveBack" | "askSkippedAgain">;
  classes: Classes;
  pictures: QuestionPictures;
  storage: Keep;
  project: string;
  tab: string;
  /** Resolves when everything else is saved: it may be about the same objects. */
  saved(): Promise<unknown>;
  /** Answers have changed images that the page shows elsewhere. */
  changed(): Promise<unknown>;
  isClosed(tab: string): Promise<boolean>;
}

const NOTHING: WorkProgress = { answered: 0, skipped: 0, left: 0, elsewhere: 0 };

export class Questions {
  isOpen = $state(false);
  /** The server was asked at least once since the page of questions is open. */
  loaded = $state(false);
  progress = $state.raw<WorkProgress>(NOTHING);
  /** The suggestion as the person has moved it. */
  shape = $state.raw<Shape | null>(null);
  /** An object that is missing, while the person places it. */
  added = $state.raw<Shape | null>(null);
  /** The class of the object that is missing. */
  addedClass = $state<number | null>(null);
  /** What happened last, in one line. */
  notice = $state("");
  /** Answers that the server does not have yet. */
  unsaved = $state(0);
  private list = $state.raw<readonly Question[]>([]);
  private made = $state.raw<readonly Annotation[]>([]);
  private clicks = 0;
  private readonly given: Given[] = [];
  private readonly closed = new Set<string>();
  private readonly outbox: Outbox<Sent>;
  private readonly leases: QuestionLeases;
  private readonly effort = new Effort();
  private readonly requests = new RequestIds();
  private isFetching = false;
  private isWanted = false;
  private changes = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly parts: QuestionsParts) {
    this.leases = new QuestionLeases(parts);
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
  }

  get current(): Question | null {
    return this.list[0] ?? null;
  }

  /** The accepted objects around the suggestion, with those of the last answers. */
  get around(): readonly Annotation[] {
    const { current } = this;
    if (current === null) return [];
    const left = this.given.flatMap(({ word, question }) => (word === "accept" && question.from_xy ? [question.from_xy.join()] : []));
    const still = (current.around as Annotation[]).filter(({ shape }) => shape?.type !== "point" || !left.includes(`${shape.x},${shape.y}`));
    return [...still, ...this.made.filter(({ image_id }) => image_id === current.image_id)];
  }

  get isMoved(): boolean {
    return this.current !== null && this.shape !== this.current.shape;
  }

  async show(): Promise<void> {
    if (this.isOpen) return;
    this.isOpen = true;
    this.loaded = false;
    this.notice = "";
    this.timer = setInterval(() => void this.fetch(this.current === null), RENEW_MS);
    await Promise.all([this.parts.saved(), this.outbox.drained(), this.leases.freeClosedTabs()]);
    this.given.length = 0; // some may have been undone in their images
    this.closed.clear();
    await this.fetch(true);
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    clearInterval(this.timer);
    this.leave();
    this.list = [];
    this.parts.pictures.want([]);
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
    await this.fetch(true);
    this.notice = notice;
  }

  /** Others may have the questions of this page. */
  leave(): void {
    this.leases.giveBack();
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
    if (this.added !== null) return this.add(this.added);
    this.give("accept", this.isMoved ? { shape: this.shape } : {});
  }

  reject(): void {
    if (this.added === null) this.give("delete", {});
  }

  skip(): void {
    if (this.added === null) this.give("skip", {});
  }

  /** The suggestion has this class, which answers the question; or the object that is added has it. */
  chooseClass(classId: number): void {
    if (this.added !== null) return void (this.addedClass = classId);
    this.give("accept", { class_id: classId, ...(this.isMoved && { shape: this.shape }) });
  }

  toggleAdding(): void {
    const { current } = this;
    if (current === null) return;
    if (this.added !== null) return void (this.added = null);
    this.addedClass = current.class_id;
    this.added = beside(current);
  }

  /** A missing object, drawn with the pointer. */
  add(shape: Shape): void {
    const { current, addedClass } = this;
    if (current === null || addedClass === null) return;
    this.record("missing", { shape, class_id: addedClass });
    this.added = null;
    this.notice = "Object added. Now answer the question about the suggestion";
  }

  move([dx, dy]: Point): void {
    const { current } = this;
    if (current === null || this.shape === null) return;
    const size: Point = [current.width, current.height];
    if (this.added !== null) this.added = withinImage(moved(this.added, dx, dy), size);
    else this.shape = withinImage(moved(this.shape, dx, dy), size);
  }

  resize(by: Point): void {
    if (this.added !== null) this.added = resized(this.added, by);
    else if (this.shape !== null) this.shape = resized(this.shape, by);
  }

  /** A pull with the pointer, at its end. */
  pulled(): void {
    this.clicks += 1;
  }

  /** What was begun, then the last answer, also of an earlier visit. */
  async undo(): Promise<void> {
    const { current } = this;
    if (this.added !== null) return void (this.added = null);
    if (this.isMoved && current !== null) return this.begin();
    const last = this.given.pop();
    if (last === undefined) return this.undoEarlier();
    this.count(last.word, -1);
    this.closed.delete(last.question.id);
    this.made = this.made.filter(({ id }) => id !== `${last.id}-0`);
    if (last.word !== "missing") this.list = [last.question, ...this.list];
    this.push({ id: crypto.randomUUID(), of: last.id });
    this.notice = "Undone";
    this.begin();
  }

  back(): void {
    if (this.added !== null) this.added = null;
    else if (this.isMoved) this.begin();
    else void this.close();
  }

  async askSkippedAgain(): Promise<void> {
    await this.outbox.drained();
    this.progress = await this.parts.client.askSkippedAgain(this.parts.tab);
    for (const { word, question } of this.given) if (word === "skip") this.closed.delete(question.id);
    await this.fetch();
  }

  private give(word: Word, values: Partial<AnswerRequest>): void {
    const { current } = this;
    if (current === null) return;
    this.record(word, values);
    this.list = this.list.slice(1);
    this.notice = "";
    this.begin();
    if (this.list.length === 0) void this.fetchLast();
    else if (this.list.length <= AHEAD / 2) void this.fetch();
  }

  private record(answer: Word, { shape, class_id }: Partial<AnswerRequest>): void {
    const question = this.current!;
    const id = crypto.randomUUID();
    const seconds = this.effort.take();
    const body: AnswerRequest = { id, item_id: question.id, answer, clicks: this.clicks, seconds };
    if (shape != null) body.shape = shape;
    if (class_id != null) body.class_id = class_id;
    this.clicks = 0;
    this.given.push({ id, word: answer, question });
    if (answer !== "missing") this.closed.add(question.id);
    if (answer === "accept" || answer === "missing") this.note(id, question, shape ?? question.shape, class_id ?? question.class_id);
    this.count(answer, 1);
    this.push({ id, body });
  }

  /** An accepted object is seen around the next questions of its image. */
  private note(id: string, { image_id }: Question, shape: Shape, classId: number): void {
    this.made = [...this.made, { ...newAnnotation(`${id}-0`, image_id, classId), state: "accepted", shape }];
  }

  private count(word: Word, by: 1 | -1): void {
    const { answered, skipped, left, elsewhere } = this.progress;
    if (word === "missing") return;
    if (word === "skip") this.progress = { answered, skipped: skipped + by, left: left - by, elsewhere };
    else this.progress = { answered: answered + by, skipped, left: left - by, elsewhere };
  }

  private push(entry: Sent): void {
    this.changes += 1;
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
    this.made = this.made.filter(({ id }) => id !== `${entry.id}-0`);
    this.changes += 1;
    void (this.current === null ? this.fetchLast() : this.fetch());
  }

  /** Shows the first question as it was suggested. */
  private begin(): void {
    this.shape = this.current?.shape ?? null;
    this.added = null;
    this.clicks = 0;
    this.effort.take();
    this.parts.pictures.want(this.list);
  }

  private async undoEarlier(): Promise<void> {
    try {
      await this.outbox.drained();
      const { question } = await this.requests.once("undo", (id) => this.parts.client.undoAnswer(id, null));
      this.notice = "Undone";
      if (question !== null) this.list = [question, ...this.list.filter(({ id }) => id !== question.id)];
      this.begin();
      await this.fetch();
    } catch (error) {
      this.notice = sentence((error as Error).message);
    }
  }

  /** After the last question: there are more only if the server says so when it has all answers. */
  private async fetchLast(): Promise<void> {
    this.loaded = false;
    await this.outbox.drained();
    await this.fetch(true);
  }

  private async fetch(refresh = false): Promise<void> {
    this.isWanted = true;
    if (this.isFetching) return;
    this.isFetching = true;
    while (this.isWanted && this.isOpen) {
      this.isWanted = false;
      await this.fetchOnce(refresh || this.current === null);
    }
    this.isFetching = false;
  }

  private async fetchOnce(refresh: boolean): Promise<void> {
    const { changes } = this;
    const { client, tab } = this.parts;
    this.leases.take();
    try {
      const { length } = this.outbox.pending;
      const { questions, progress } = await client.nextQuestions(tab, AHEAD + length, refresh);
      if (!this.isOpen) return this.leave();
      this.take(questions);
      if (length > 0 || changes !== this.changes) return;
      this.progress = progress;
      this.loaded = true;
    } catch (error) {
      this.notice = sentence((error as Error).message);
    }
  }

  /** The question on the screen stays; others whose suggestions are gone do not. */
  private take(questions: readonly Question[]): void {
    const { current } = this;
    const present = new Set(questions.map(({ id }) => id));
    const stay = this.list.filter(({ id }) => present.has(id) || id === current?.id);
    const known = new Set(stay.map(({ id }) => id));
    this.list = [...stay, ...questions.filter(({ id }) => !known.has(id) && !this.closed.has(id))];
    if (current === null) this.begin();
    else this.parts.pictures.want(this.list);
  }
}
