/** The questions that this page has, the one on the screen first, and how many there are in all. */

import type { Client } from "../api/client";
import type { AnswerRequest } from "../api/schema";
import type { Question, WorkProgress } from "../api/types";
import { QuestionLeases, type QuestionLeasesParts } from "./question-leases";
import type { QuestionPictures } from "./question-pictures.svelte";

/** Questions that a page has, the one on the screen included: few, so that others have some too. */
const AHEAD = 4;
/** How often the page renews its leases, and looks for new questions when it has none. */
const RENEW_MS = 15_000;

export type Word = AnswerRequest["answer"];

export interface QuestionQueueParts extends QuestionLeasesParts {
  client: Pick<Client, "nextQuestions" | "giveBack" | "askSkippedAgain">;
  pictures: Pick<QuestionPictures, "want">;
  /** One entry for each change that is not on the server yet: the id of the question that it answers, or null for an undo. */
  unsaved(): (string | null)[];
  /** Resolves when the server has every answer. */
  drained(): Promise<unknown>;
  /** Questions have arrived on an empty screen. */
  arrived(): void;
  failed(error: Error): void;
}

const NOTHING: WorkProgress = { answered: 0, skipped: 0, left: 0, elsewhere: 0 };

export class QuestionQueue {
  isOpen = $state(false);
  /** The server was asked at least once since the queue is open. */
  loaded = $state(false);
  progress = $state.raw<WorkProgress>(NOTHING);
  private list = $state.raw<readonly Question[]>([]);
  /** Answered here: the server may still send them. */
  private readonly answered = new Map<string, Word>();
  private readonly leases: QuestionLeases;
  private isFetching = false;
  private isWanted = false;
  /** Whether the next request must refresh the queue. */
  private isRefreshWanted = false;
  /** Counts the changes of the progress that an answer of the server on its way does not contain. */
  private changes = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly parts: QuestionQueueParts) {
    this.leases = new QuestionLeases(parts);
  }

  get current(): Question | null {
    return this.list[0] ?? null;
  }

  /** Renews the leases from now on; `start` gets the first questions. */
  async open(): Promise<void> {
    this.isOpen = true;
    this.loaded = false;
    this.timer = setInterval(() => void this.fetch(this.current === null), RENEW_MS);
    await this.leases.freeClosedTabs();
  }

  async start(): Promise<void> {
    this.answered.clear();
    await this.fetch(true);
  }

  close(): void {
    this.isOpen = false;
    clearInterval(this.timer);
    this.giveBack();
    this.show([]);
  }

  /** Others may have the questions of this page. */
  giveBack(): void {
    this.leases.giveBack();
  }

  /** Keeps the question on the screen, and replaces those after it by the first ones of the refreshed queue. */
  renew(): Promise<void> {
    return this.fetch(true);
  }

  /** Goes on to the next question: this is the answer to the one on the screen. */
  pass(word: Word): void {
    this.answered.set(this.current!.id, word);
    this.count(word, 1);
    this.show(this.list.slice(1));
    if (this.list.length === 0) void this.fetchLast();
    else if (this.list.length <= AHEAD / 2) void this.fetch();
  }

  /** Asks a question again whose answer was undone here. */
  putBack(question: Question, word: Word): void {
    this.answered.delete(question.id);
    this.count(word, -1);
    this.show([question, ...this.list]);
  }

  /** Asks a question again whose answer the server has undone. */
  async reopen(question: Question | null): Promise<void> {
    if (question !== null) this.show([question, ...this.list.filter(({ id }) => id !== question.id)]);
    await this.fetch();
  }

  /** The server has refused an answer, so the progress is not what was counted. */
  recount(): void {
    this.changes += 1;
    void (this.current === null ? this.fetchLast() : this.fetch());
  }

  async askSkippedAgain(): Promise<void> {
    await this.parts.drained();
    this.progress = await this.parts.client.askSkippedAgain(this.parts.tab);
    for (const [id, word] of this.answered) if (word === "skip") this.answered.delete(id);
    await this.fetch();
  }

  private count(word: Word, by: 1 | -1): void {
    const { answered, skipped, left, elsewhere } = this.progress;
    this.changes += 1;
    if (word === "skip") this.progress = { answered, skipped: skipped + by, left: left - by, elsewhere };
    else this.progress = { answered: answered + by, skipped, left: left - by, elsewhere };
  }

  private show(list: readonly Question[]): void {
    this.list = list;
    this.parts.pictures.want(list);
  }

  /** After the last question: there are more only if the server says so when it has all answers. */
  private async fetchLast(): Promise<void> {
    this.loaded = false;
    await this.parts.drained();
    await this.fetch(true);
  }

  private async fetch(refresh = false): Promise<void> {
    this.isWanted = true;
    this.isRefreshWanted ||= refresh;
    if (this.isFetching) return;
    this.isFetching = true;
    while (this.isWanted && this.isOpen) {
      const isRefresh = this.isRefreshWanted || this.current === null;
      this.isWanted = this.isRefreshWanted = false;
      await this.fetchOnce(isRefresh);
    }
    this.isFetching = false;
  }

  private async fetchOnce(refresh: boolean): Promise<void> {
    const { changes } = this;
    const { client, tab } = this.parts;
    this.leases.take();
    try {
      const unsaved = this.parts.unsaved();
      const keep = [this.current?.id ?? null, ...unsaved].filter((id) => id !== null);
      const { questions, progress } = await client.nextQuestions(tab, AHEAD + unsaved.length, refresh, keep);
      if (!this.isOpen) return this.giveBack();
      this.take(questions);
      if (unsaved.length > 0 || changes !== this.changes) return;
      this.progress = progress;
      this.loaded = true;
    } catch (error) {
      this.parts.failed(error as Error);
    }
  }

  /** Keeps the question on the screen as it is, updates the others, and removes those whose suggestions are gone. */
  private take(questions: readonly Question[]): void {
    const { current } = this;
    const present = new Map(questions.map((question) => [question.id, question]));
    const stay = this.list.flatMap((question) => (question.id === current?.id ? question : (present.get(question.id) ?? [])));
    const known = new Set(stay.map(({ id }) => id));
    this.show([...stay, ...questions.filter(({ id }) => !known.has(id) && !this.answered.has(id))]);
    if (current === null) this.parts.arrived();
  }
}
