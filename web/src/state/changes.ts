/** Changes on their way to the server, and what the page shows until they are acknowledged. */

import type { Annotation, EditKind, ImageStatus, LabelClass, Prompt, UndoState } from "../api/types";

interface Queued {
  id: string;
  imageId: number;
  seconds: number;
  /** The undo (or redo) that took this change back before the server had answered it. */
  cancelledBy?: string;
  /** The request as it was first sent: a repetition must be the same. */
  body?: unknown;
}

export interface EditChange extends Queued {
  action: "edit";
  kind: EditKind;
  annotationId: string;
  /** What changes; a new annotation gives everything. */
  patch: Partial<Annotation>;
}

export interface RespondChange extends Queued {
  action: "respond";
  kind: "prompt";
  annotationId: string;
  classId: number;
  prompts: Prompt[];
}

/** Undo or redo. */
export interface StepChange extends Queued {
  action: "undo" | "redo";
  /** The change that is meant; unknown as long as an earlier step waits for its answer. */
  of?: string;
  /** It takes back a change that was on its way: the page knows what it does. Otherwise only the server does. */
  foreseen?: true;
  /** What it does, once the change that it takes back is acknowledged. */
  effect?: { annotationId: string; value: Annotation | null };
}

export interface RetryChange extends Queued {
  action: "retry";
  annotationId: string;
}

export interface StatusChange extends Queued {
  action: "status";
  status: ImageStatus;
}

export interface ClassesChange extends Queued {
  action: "classes";
  classes: LabelClass[];
}

export type ObjectChange = EditChange | RespondChange;
export type Change = ObjectChange | StepChange | RetryChange | StatusChange | ClassesChange;

export function newAnnotation(id: string, imageId: number, classId: number): Annotation {
  return {
    id,
    image_id: imageId,
    class_id: classId,
    state: "proposed",
    shape: null,
    base: null,
    crowd: false,
    prompts: [],
    provenance: { person: "local", method: "manual", weights: "", round: 0, predicted_quality: null },
  };
}

/** An annotation after a change that the server has not answered yet; the old answer stays. */
export function applyChange(before: Annotation | undefined, change: ObjectChange): Annotation {
  const classId = change.action === "respond" ? change.classId : (change.patch.class_id ?? 0);
  const current = before ?? newAnnotation(change.annotationId, change.imageId, classId);
  if (change.action === "edit") return { ...current, ...change.patch };
  const round = nextRound(current.prompts);
  const prompts = change.prompts.map((prompt) => (prompt.type === "click" ? { ...prompt, round } : prompt));
  return { ...current, state: "proposed", ...opened(current), prompts: [...opened(current).prompts, ...prompts] };
}

/** A shape without prompts is what the new ones correct; a box becomes the first of them. */
function opened({ prompts, shape, base }: Annotation): Pick<Annotation, "prompts" | "base"> {
  if (prompts.length > 0 || shape === null) return { prompts, base };
  return shape.type === "box" ? { prompts: [{ type: "box", xyxy: shape.xyxy }], base } : { prompts, base: shape };
}

export function nextRound(prompts: readonly Prompt[]): number {
  if (prompts.length === 0) return 0;
  return 1 + Math.max(0, ...prompts.map((prompt) => (prompt.type === "click" ? (prompt.round ?? 0) : 0)));
}

/** The annotations of one image as they shall be shown. Deleted ones are left out. */
export function replay(
  confirmed: ReadonlyMap<string, Annotation>,
  pending: readonly Change[],
  imageId: number,
): Annotation[] {
  const shown = new Map(confirmed);
  for (const change of pending) {
    if (change.imageId !== imageId || change.cancelledBy !== undefined) continue;
    if (change.action === "edit" || change.action === "respond") {
      shown.set(change.annotationId, applyChange(shown.get(change.annotationId), change));
    } else if ((change.action === "undo" || change.action === "redo") && change.effect) {
      const { annotationId, value } = change.effect;
      if (value === null) shown.delete(annotationId);
      else shown.set(annotationId, value);
    }
  }
  return [...shown.values()].filter((annotation) => annotation.state !== "deleted");
}

/** The pending change that an undo takes back at once; null when only the server knows. */
export function undoTarget(pending: readonly Change[]): ObjectChange | StepChange | null {
  for (let i = pending.length - 1; i >= 0; i--) {
    const change = pending[i]!;
    if (change.cancelledBy !== undefined) continue;
    if (change.action === "edit" || change.action === "respond") return change;
    if (change.action === "retry") return null;
    if ((change.action === "undo" || change.action === "redo") && !change.foreseen) return null;
  }
  return null;
}

/** The pending undo that a redo takes back at once; null when only the server knows. */
export function redoTarget(pending: readonly Change[]): StepChange | null {
  for (let i = pending.length - 1; i >= 0; i--) {
    const change = pending[i]!;
    if (change.cancelledBy !== undefined) continue;
    if (change.action === "undo") return change;
    if (change.action === "edit" || change.action === "respond" || change.action === "retry") return null;
    if (change.action === "redo" && !change.foreseen) return null;
  }
  return null;
}

/** The id of the change that a step means; null when only the server can tell. */
export function meant(
  pending: readonly Change[],
  action: "undo" | "redo",
  target: ObjectChange | StepChange | null,
  history: UndoState,
): string | null {
  if (target !== null) return isStep(target) ? (target.of ?? null) : target.id;
  return isUnforeseen(pending) ? null : history[`${action}_of`];
}

/** Whether something is on its way of which only the server can tell what undo and redo reach after it. */
export function isUnforeseen(pending: readonly Change[]): boolean {
  return pending.some((change) => change.action === "retry" || (isStep(change) && !change.foreseen));
}

export const isStep = (change: Change): change is StepChange => change.action === "undo" || change.action === "redo";

/** Marks `target` as taken back by `by`; taking back an undo brings its change back. */
export function cancel(pending: readonly Change[], target: ObjectChange | StepChange, by: StepChange): void {
  target.cancelledBy = by.id;
  by.foreseen = true;
  if (target.action !== "undo") return;
  for (const change of pending) if (change.cancelledBy === target.id) delete change.cancelledBy;
}

/** After `change` was acknowledged: an undo still under way must hide its result until it is answered too. */
export function carryOver(pending: readonly Change[], change: Change, id: string, before: Annotation | null): void {
  const step = pending.find((other) => other.id === change.cancelledBy);
  if (step && (step.action === "undo" || step.action === "redo")) step.effect = { annotationId: id, value: before };
}
