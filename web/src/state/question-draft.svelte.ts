/** What a person changes in the question on the screen before answering it. */

import type { Point, Question, Shape } from "../api/types";
import { moved, withinImage } from "../render/shapes";
import { beside, resized } from "./question-shapes";

export class QuestionDraft {
  /** The suggestion as the person has moved it. */
  shape = $state.raw<Shape | null>(null);
  /** An object that is missing, while the person places it. */
  added = $state.raw<Shape | null>(null);
  /** The class of the object that is missing. */
  addedClass = $state<number | null>(null);
  private question = $state.raw<Question | null>(null);
  private clicks = 0;

  /** The class of the next missing object: in an area, the one that was chosen last. */
  get nextClass(): number | null {
    return (this.question?.kind === "area" ? this.addedClass : null) ?? this.question?.class_id ?? null;
  }

  get isMoved(): boolean {
    return this.question !== null && this.shape !== this.question.shape;
  }

  /** Shows a question as it was suggested. */
  begin(question: Question | null): void {
    if (question?.id !== this.question?.id) this.addedClass = null;
    this.question = question;
    this.shape = question?.shape ?? null;
    this.added = null;
    this.clicks = 0;
  }

  /** Removes the object that is placed, else the move; returns false if there is neither. */
  undo(): boolean {
    if (this.added !== null) this.added = null;
    else if (this.isMoved) this.begin(this.question);
    else return false;
    return true;
  }

  toggleAdding(): void {
    if (this.added !== null) this.added = null;
    else if (this.nextClass !== null) this.startAdding(this.nextClass);
  }

  startAdding(classId: number): void {
    if (this.question === null) return;
    this.addedClass = classId;
    this.added = beside(this.question);
  }

  move([dx, dy]: Point): void {
    if (this.question === null || this.shape === null) return;
    const { width, height } = this.question;
    this.change((shape) => withinImage(moved(shape, dx, dy), [width, height]));
  }

  resize(by: Point): void {
    this.change((shape) => resized(shape, by));
  }

  /** The person has pulled with the pointer and let go. */
  pulled(): void {
    this.clicks += 1;
  }

  /** The pulls since the last call or question. */
  takeClicks(): number {
    const { clicks } = this;
    this.clicks = 0;
    return clicks;
  }

  private change(to: (shape: Shape) => Shape): void {
    if (this.added !== null) this.added = to(this.added);
    else if (this.shape !== null && this.question?.kind !== "area") this.shape = to(this.shape);
  }
}
