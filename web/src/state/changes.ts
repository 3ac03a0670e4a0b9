/** Changes on their way to the server, and what the page shows until they are acknowledged. */

import type {
  Annotation,
  ClassClick,
  EditKind,
  ImageStatus,
  LabelClass,
  Method,
  Proposals,
  UndoState,
  VersionedStatus,
} from "../api/types";
import { edited, type ObjectEdit, prompted, type Prompting } from "./editing";
import { takenAnnotations, type Taking } from "./taking";
import { takenPoints, type TakingPoints } from "./taking-points";

interface Queued {
  id: string;
  imageId: number;
  seconds: number;
  /** The undo (or redo) that took this change back before the server had answered it. */
  cancelledBy?: string;
  /** The request as it was first sent: a repetition must be the same. */
  body?: unknown;
}

/** Objects of one image, changed together; the one that is meant comes first. */
export interface EditChange extends Queued {
  action: "edit";
  kind: EditKind;
  edits: ObjectEdit[];
}

/** A change of what has a version. */
export interface Versioned extends Queued {
  /** The version that it changes; unknown as long as an earlier change of the same thing waits for its answer. */
  basedOn?: string | undefined;
}

export interface RespondChange extends Versioned, Prompting {
  action: "respond";
}

/** Class clicks, more or fewer of them. */
export interface ClassClickChange extends Versioned {
  action: "class-clicks";
  /** Without it the server chooses a model. */
  method?: Method;
  clicks: ClassClick[];
  removed: ClassClick[];
  /** Clicks in other images count too. */
  elsewhere: boolean;
}

export interface TakeChange extends Versioned, Taking {
  action: "take";
}

/** A model of points is asked about the image. */
export interface AskPointsChange extends Queued {
  action: "ask-points";
  method: Method;
}

export interface TakePointsChange extends Queued, TakingPoints {
  action: "take-points";
}

export interface StatusChange extends Versioned {
  action: "status";
  status: ImageStatus;
}

/** Of the image where it was made; without one, `imageId` is 0. */
export interface ClassesChange extends Queued {
  action: "classes";
  classes: LabelClass[];
  /** The list that was changed. */
  before?: LabelClass[];
}

/** What a change was about, as it was before: of its image, and the classes. Null and absent things stay as they are. */
export interface Effect {
  annotations: [id: string, value: Annotation | null][];
  status: VersionedStatus | null;
  classes: LabelClass[] | null;
  proposals: Proposals | null;
}

/** Undo or redo. */
export interface StepChange extends Queued {
  action: "undo" | "redo";
  /** The change that is meant; unknown as long as an earlier step waits for its answer. */
  of?: string;
  /** It takes back a change that was on its way: the page knows what it does. Otherwise only the server does. */
  foreseen?: true;
  /** What it does, once the change that it takes back is acknowledged. */
  effect?: Effect;
}

export interface RetryChange extends Versioned {
  action: "retry";
  annotationId: string;
}

/** What undo takes back, and the page knows how. */
export type Deed =
  | EditChange
  | RespondChange
  | ClassClickChange
  | TakeChange
  | AskPointsChange
  | TakePointsChange
  | StatusChange
  | ClassesChange;
export type Change = Deed | StepChange | RetryChange;

const DEEDS: readonly string[] = ["edit", "respond", "class-clicks", "take", "ask-points", "take-points", "status", "classes"];
export const isDeed = (change: Change): change is Deed => DEEDS.includes(change.action);
export const isStep = (change: Change): change is StepChange => change.action === "undo" || change.action === "redo";

/** A change that an earlier release of the page stored, under its name of today. */
export function upgraded(change: Change): Change {
  return (change.action as string) === "detect" ? { ...(change as ClassClickChange), action: "class-clicks" } : change;
}

/** The word for what a change does, as the server says it. */
export function kindOf(change: Deed): string {
  switch (change.action) {
    case "edit":
    case "take":
    case "take-points":
      return change.kind;
    case "ask-points":
      return `${change.method} points`;
    case "class-clicks":
      return change.clicks.length > 0 ? "click" : change.removed.length > 0 ? "unclick" : "find";
    case "respond":
      return change.prompts[0]?.type ?? "prompt";
    case "status":
      return change.status;
    case "classes":
      return "classes";
  }
}

/** The object that a change is about, if any. */
export function subjectOf(change: Deed): string | null {
  if (change.action === "edit") return change.edits[0]?.annotationId ?? null;
  return change.action === "respond" ? change.annotationId : null;
}

/** Whether a change under way may alter an object; of undo and redo nobody knows before they are back. */
export function mayAlter(change: Change, annotationId: string, imageId: number): boolean {
  if (change.imageId !== imageId) return false;
  if (change.action === "edit") return change.edits.some((edit) => edit.annotationId === annotationId);
  if (change.action === "respond" && change.task === "partition") return true;
  if (change.action === "take-points") return change.moves.some((move) => move.annotation_id === annotationId);
  return isStep(change) || ("annotationId" in change && change.annotationId === annotationId);
}

/** Whether a change adds, removes or answers class clicks; a search for objects leaves them as they are. */
export function isClicking(change: Change): change is ClassClickChange | TakeChange {
  if (change.action === "class-clicks") return change.clicks.length + change.removed.length > 0;
  return change.action === "take";
}

/** Whether a change prompts an object, or has its prompts answered again. */
export function isPrompting(change: Change): change is RespondChange | RetryChange {
  return change.action === "respond" || change.action === "retry";
}

/** After `refused` came to nothing: what follows it changes what that one would have changed. */
export function rebase(pending: readonly Change[], refused: Change): Change[] {
  const followers = pending.filter((change) => "basedOn" in change && change.basedOn === refused.id) as Versioned[];
  for (const change of followers) change.basedOn = (refused as Versioned).basedOn;
  return followers as Change[];
}

const isForeseen = (change: Change) => isStep(change) && change.foreseen === true;

/** What stands of the changes under way: those that no step has taken back. */
export const standing = (pending: readonly Change[]) => pending.filter((change) => change.cancelledBy === undefined);

/** Those of one image, which undo and redo go along. */
export const onImage = (pending: readonly Change[], imageId: number) => pending.filter((change) => change.imageId === imageId);

/** The annotations of one image as they shall be shown. Deleted ones are left out. */
export function replay(
  confirmed: ReadonlyMap<string, Annotation>,
  pending: readonly Change[],
  imageId: number,
): Annotation[] {
  const shown = new Map(confirmed);
  for (const change of standing(pending).filter((change) => change.imageId === imageId)) {
    if (change.action === "respond") shown.set(change.annotationId, prompted(shown, change));
    else if (change.action === "edit") {
      for (const edit of change.edits) shown.set(edit.annotationId, edited(shown.get(edit.annotationId), imageId, edit));
    } else if (change.action === "take") {
      for (const made of takenAnnotations(change)) shown.set(made.id, made);
    } else if (change.action === "take-points") {
      for (const taken of takenPoints(shown, change)) shown.set(taken.id, taken);
    } else if (isStep(change)) {
      for (const [id, value] of change.effect?.annotations ?? []) {
        if (value === null) shown.delete(id);
        else shown.set(id, value);
      }
    }
  }
  return [...shown.values()].filter((annotation) => annotation.state !== "deleted");
}

/** The images whose status shall be shown otherwise than confirmed; the id of a change is the version that it makes. */
export function replayStatuses(pending: readonly Change[]): Map<number, VersionedStatus> {
  const shown = new Map<number, VersionedStatus>();
  for (const change of standing(pending)) {
    const made = change.action === "status" ? { status: change.status, status_version: change.id } : null;
    const status = isStep(change) ? change.effect?.status : made;
    if (status) shown.set(change.imageId, status);
  }
  return shown;
}

/** The classes as they shall be shown; null: as confirmed. */
export function replayClasses(pending: readonly Change[]): LabelClass[] | null {
  const lists = standing(pending).map((change) => {
    return change.action === "classes" ? change.classes : isStep(change) ? (change.effect?.classes ?? null) : null;
  });
  return lists.findLast((list) => list !== null) ?? null;
}

/** The pending change that an undo takes back at once; null when only the server knows. */
export function undoTarget(pending: readonly Change[]): Deed | StepChange | null {
  const last = standing(pending).findLast((change) => !isForeseen(change));
  return last !== undefined && isDeed(last) ? last : null;
}

/** The pending undo that a redo takes back at once; null when only the server knows. */
export function redoTarget(pending: readonly Change[]): StepChange | null {
  const last = standing(pending).findLast((change) => change.action !== "redo" || !isForeseen(change));
  return last?.action === "undo" ? last : null;
}

/** The id of the change that a step means; null when only the server can tell. */
export function meant(
  pending: readonly Change[],
  action: "undo" | "redo",
  target: Deed | StepChange | null,
  history: UndoState,
): string | null {
  if (target !== null) return isStep(target) ? (target.of ?? null) : target.id;
  return isUnforeseen(pending) ? null : history[`${action}_of`];
}

/** Whether something is on its way of which only the server can tell what undo and redo reach after it. */
export function isUnforeseen(pending: readonly Change[]): boolean {
  return pending.some((change) => change.action === "retry" || (isStep(change) && !change.foreseen));
}

/** Marks `target` as taken back by `by`; taking back an undo brings its change back. */
export function cancel(pending: readonly Change[], target: Deed | StepChange, by: StepChange): void {
  target.cancelledBy = by.id;
  by.foreseen = true;
  if (target.action !== "undo") return;
  for (const change of pending) if (change.cancelledBy === target.id) delete change.cancelledBy;
}

/** After `change` was acknowledged: an undo still under way must hide its result until it is answered too. */
export function carryOver(pending: readonly Change[], change: Change, before: Effect): void {
  const step = pending.find((other) => other.id === change.cancelledBy);
  if (step !== undefined && isStep(step)) step.effect = before;
}
