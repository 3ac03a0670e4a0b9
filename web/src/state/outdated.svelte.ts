/** Changes that were refused because somebody else had changed the same thing: the person chooses between the two. */

import type { Outbox } from "../api/outbox";
import type { EditRequest } from "../api/schema";
import type { Annotation, ClassClick, EditKind, ImageStatus, LabelClass, Prompt, Shape } from "../api/types";
import {
  type Change,
  type ClassClickChange,
  type ClassesChange,
  type EditChange,
  isClicking,
  isPrompting,
  type RespondChange,
  type RetryChange,
  type StatusChange,
  type TakeChange,
} from "./changes";
import { newClassId } from "./class-ids";
import { type ClassEdit, classEdits, sameClass, withEdit } from "./class-edits";
import type { Classes } from "./classes.svelte";
import type { Detections } from "./detections.svelte";
import { edited } from "./editing";
import type { Images } from "./images.svelte";
import { takenShapes } from "./taking";

export interface OutdatedEdit {
  kind: EditKind;
  /** As this page wanted it. */
  mine: Annotation;
}

/** Class clicks, suggestions taken, and edits of the objects that came of these. */
export type ClickWork = ClassClickChange | TakeChange | EditChange;

/** Prompts for one object, and edits of it that follow them. */
export type PromptWork = RespondChange | RetryChange | EditChange;

/** What was refused: objects together, prompts for an object (`lost`: as it last was, if another page deleted it), a status, the clicks of an image, a class. */
export type Conflict =
  | { what: "objects"; edits: readonly OutdatedEdit[] }
  | { what: "prompts"; imageId: number; annotationId: string; lost: Annotation | null; work: readonly PromptWork[] }
  | { what: "status"; imageId: number; status: ImageStatus }
  | { what: "clicks"; imageId: number; work: readonly ClickWork[] }
  | { what: "class"; edit: ClassEdit };

export interface OutdatedParts {
  images: Images;
  classes: Classes;
  detections: Detections;
  outbox(): Outbox<Change>;
  push(change: Change): void;
  edit(imageId: number, kind: EditKind, mine: Annotation): void;
  setStatus(imageId: number, status: ImageStatus): void;
  /** `before`: the list that is changed. */
  setClasses(classes: LabelClass[], before: LabelClass[]): void;
}

export class Outdated {
  private refused = $state.raw<readonly Conflict[]>([]);
  /** Those where the two versions still differ, in the order in which they were refused. */
  readonly conflicts = $derived.by(() => this.refused.filter((conflict) => !this.isSettled(conflict)));

  constructor(private readonly parts: OutdatedParts) {}

  /** Keeps a refused change, and those under way that follow it, unless an undo took it back. `present`: the object as it is. */
  keep(change: Change, present: Annotation | null = null): void {
    if (change.cancelledBy !== undefined) return;
    if (isPrompting(change)) this.keepPrompts(change, present);
    if (change.action === "edit") this.keepEdits(change);
    if (change.action === "status") this.keepStatus(change);
    if (isClicking(change)) this.keepClicks(change);
    if (change.action === "classes") this.keepClasses(change);
  }

  /** Forgets those that came to nothing, because others made the same change. */
  refresh(): void {
    if (this.conflicts.length < this.refused.length) this.refused = this.conflicts;
  }

  /** The status, the clicks or whatever it is become as this page wanted them. */
  useMine(conflict: Conflict): void {
    this.drop(conflict);
    switch (conflict.what) {
      case "objects":
        return conflict.edits.forEach(({ kind, mine }) => this.parts.edit(mine.image_id, kind, mine));
      case "prompts":
        return this.promptAgain(conflict.lost, conflict.work);
      case "status":
        return this.parts.setStatus(conflict.imageId, conflict.status);
      case "clicks":
        return conflict.work.forEach((change) => this.repeat(change));
      case "class":
        return this.editClasses([this.underFreeId(conflict.edit)], [conflict.edit.id]);
    }
  }

  /** Leaves everything as it is. */
  drop(conflict: Conflict): void {
    this.refused = this.refused.filter((other) => other !== conflict);
  }

  /** What was wanted in an image, to be drawn beside what is there. */
  drawnIn(imageId: number | null): { shapes: Shape[]; prompts: Prompt[]; clicks: ClassClick[] } {
    const [shapes, prompts, clicks]: [Shape[], Prompt[], ClassClick[]] = [[], [], []];
    for (const conflict of this.conflicts) {
      if (conflict.what === "objects") shapes.push(...shapesOf(conflict.edits.filter(({ mine }) => mine.image_id === imageId)));
      if (conflict.what === "prompts" && conflict.imageId === imageId) {
        if (conflict.lost?.shape) shapes.push(conflict.lost.shape);
        prompts.push(...promptsOf(conflict.work));
      }
      if (conflict.what !== "clicks" || conflict.imageId !== imageId) continue;
      for (const change of conflict.work) {
        if (change.action === "class-clicks") clicks.push(...change.clicks);
        if (change.action === "take") shapes.push(...takenShapes(change));
      }
    }
    return { shapes, prompts, clicks };
  }

  private keepEdits(refused: EditChange): void {
    const ids = new Set(refused.edits.map(({ annotationId }) => annotationId));
    const later = this.withdraw((change) => change.action === "edit" && change.edits.every(({ annotationId }) => ids.has(annotationId)));
    this.addEdits(refused.kind, (refused.body as EditRequest).annotations as Annotation[]);
    for (const change of later as EditChange[]) {
      const mine = (id: string) => this.edits.find((known) => known.mine.id === id)?.mine;
      this.addEdits(change.kind, change.edits.map((edit) => edited(mine(edit.annotationId), change.imageId, edit)));
    }
  }

  private get edits(): readonly OutdatedEdit[] {
    return this.refused.flatMap((conflict) => (conflict.what === "objects" ? conflict.edits : []));
  }

  private addEdits(kind: EditKind, annotations: readonly Annotation[]): void {
    const ids = new Set(annotations.map(({ id }) => id));
    const others = this.edits.filter(({ mine }) => !ids.has(mine.id));
    this.put({ what: "objects", edits: [...others, ...annotations.map((mine) => ({ kind, mine }))] });
  }

  private keepPrompts(refused: RespondChange | RetryChange, present: Annotation | null): void {
    const { imageId, annotationId } = refused;
    const later = this.withdraw((change) => {
      if (isPrompting(change)) return change.annotationId === annotationId;
      return change.action === "edit" && change.edits.some((edit) => edit.annotationId === annotationId);
    });
    const lost = present?.state === "deleted" ? present : null;
    const before = this.refused.flatMap((other) => (other.what === "prompts" && other.annotationId === annotationId ? other.work : []));
    this.put({ what: "prompts", imageId, annotationId, lost, work: [...before, refused, ...(later as PromptWork[])] });
  }

  private keepStatus(refused: StatusChange): void {
    const { imageId } = refused;
    const later = this.withdraw((change) => change.action === "status" && change.imageId === imageId);
    const { status } = [refused, ...(later as StatusChange[])].at(-1)!;
    this.put({ what: "status", imageId, status });
  }

  private keepClicks(refused: ClassClickChange | TakeChange): void {
    const { imageId } = refused;
    const made = new Set([refused, ...this.parts.outbox().pending].map(({ id }) => id));
    const isOfBox = ({ annotationId }: { annotationId: string }) => made.has(annotationId.replace(/-\d+$/, ""));
    const later = this.withdraw((change) => {
      if (change.imageId !== imageId) return false;
      return isClicking(change) || (change.action === "edit" && change.edits.some(isOfBox));
    });
    const before = this.conflicts.flatMap((other) => (other.what === "clicks" && other.imageId === imageId ? other.work : []));
    this.put({ what: "clicks", imageId, work: [...before, refused, ...(later as ClickWork[])] });
  }

  /** Of an edit of several classes, those that nobody else has changed are made. */
  private keepClasses(refused: ClassesChange): void {
    const edits = classEdits(refused.before ?? this.parts.classes.shown, refused.classes);
    const isFree = ({ id, before }: ClassEdit) => sameClass(this.present(id), before);
    for (const edit of edits.filter((each) => !isFree(each))) this.put({ what: "class", edit: { ...edit, before: this.firstOf(edit) } });
    const free = edits.filter(isFree);
    if (free.length > 0) this.editClasses(free, free.map(({ id }) => id));
  }

  /** Edits classes as the server has them: the list on the screen, with edits under way, may contain those that were refused. */
  private editClasses(edits: readonly ClassEdit[], ids: readonly number[]): void {
    const theirs = ids.map((id) => ({ id, before: null, after: this.present(id) }));
    const before = theirs.reduce<LabelClass[]>(withEdit, this.parts.classes.shown);
    this.parts.setClasses(edits.reduce<LabelClass[]>(withEdit, before), before);
  }

  /** A class as it was before the first of the refused edits. */
  private firstOf({ id, before }: ClassEdit): LabelClass | null {
    const known = this.refused.find((other) => other.what === "class" && other.edit.id === id);
    return known?.what === "class" ? known.edit.before : before;
  }

  /** As the server has it. */
  private present(id: number): LabelClass | null {
    return this.parts.classes.confirmed.find((known) => known.id === id) ?? null;
  }

  private isSettled(conflict: Conflict): boolean {
    const { images } = this.parts;
    if (conflict.what === "status") return images.confirmedStatus(conflict.imageId)?.status === conflict.status;
    return conflict.what === "class" && sameClass(this.present(conflict.edit.id), conflict.edit.after);
  }

  private put(conflict: Conflict): void {
    const key = keyOf(conflict);
    this.refused = [...this.refused.filter((other) => keyOf(other) !== key), conflict];
  }

  /** Takes back changes under way, and returns those that no undo took back. */
  private withdraw(which: (change: Change) => boolean): Change[] {
    const outbox = this.parts.outbox();
    const found = outbox.pending.filter((change) => change.cancelledBy === undefined && which(change));
    outbox.withdraw((change) => found.includes(change));
    return found;
  }

  /** Prompts the object as it is now; one that another page deleted is made again first, as a suggestion. */
  private promptAgain(lost: Annotation | null, work: readonly PromptWork[]): void {
    if (lost !== null) this.parts.edit(lost.image_id, "reopen", { ...lost, state: "proposed" });
    work.forEach((change) => this.repeat(change));
  }

  /** Makes a change again, now of what is there: the server never took its id. */
  private repeat({ body: _, ...change }: ClickWork | PromptWork): void {
    if (change.action === "edit") return this.parts.push(change);
    if (change.action === "respond" || change.action === "retry") return this.parts.push({ ...change, basedOn: undefined });
    const { detections, outbox } = this.parts;
    const basedOn = detections.versionOf(change.imageId, outbox().pending);
    if (change.action === "take") return this.parts.push({ ...change, basedOn });
    const removed = detections.stillThere(change.imageId, change.removed);
    if (change.clicks.length + removed.length > 0) this.parts.push({ ...change, removed, basedOn });
  }

  /** The id of a class that was removed keeps its last name, so that the class gets another one. */
  private underFreeId({ id, before, after }: ClassEdit): ClassEdit {
    if (after === null || this.present(id) !== null) return { id, before, after };
    const free = newClassId(this.parts.classes.shown.map((known) => known.id));
    return { id: free, before: null, after: { ...after, id: free } };
  }
}

function keyOf(conflict: Conflict): string {
  if (conflict.what === "class") return `class ${conflict.edit.id}`;
  if (conflict.what === "prompts") return `prompts ${conflict.annotationId}`;
  return conflict.what === "objects" ? conflict.what : `${conflict.what} ${conflict.imageId}`;
}

function shapesOf(edits: readonly OutdatedEdit[]): Shape[] {
  return edits.flatMap(({ mine }) => (mine.shape === null || mine.state === "deleted" ? [] : [mine.shape]));
}

/** Everything with which an object was prompted. */
export function promptsOf(work: readonly PromptWork[]): Prompt[] {
  return work.flatMap((change) => (change.action === "respond" ? change.prompts : []));
}
