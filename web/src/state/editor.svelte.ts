/** What a person can do to the objects: every change goes through the outbox and shows at once. */

import { type Client, Refused } from "../api/client";
import { type Keep, Outbox } from "../api/outbox";
import type {
  Annotation,
  ChangeAnswer,
  ClassClick,
  EditKind,
  ImageStatus,
  LabelClass,
  Method,
  MethodInfo,
  Prompt,
  TakeKind,
  UndoState,
} from "../api/types";
import type { Wanted } from "../tools/shared/desk";
import {
  cancel,
  carryOver,
  type Change,
  type Deed,
  type Effect,
  isDeed,
  isStep,
  isUnforeseen,
  kindOf,
  meant,
  redoTarget,
  type StepChange,
  subjectOf,
  undoTarget,
  upgraded,
} from "./changes";
import type { Classes } from "./classes.svelte";
import type { Detections } from "./detections.svelte";
import { newAnnotation, type ObjectEdit } from "./editing";
import type { Effort } from "./effort.svelte";
import { wordFor } from "./history";
import type { Images } from "./images.svelte";
import { LostClasses } from "./lost-classes";
import type { Objects } from "./objects.svelte";
import { type Known, sendChange } from "./sender";
import type { Status } from "./status.svelte";

export interface EditorParts {
  client: Client;
  storage: Keep;
  images: Images;
  objects: Objects;
  classes: Classes;
  detections: Detections;
  effort: Effort;
  status: Status;
  /** The model of a name; undefined where there is none. */
  model(name: Method): MethodInfo | undefined;
  /** Shows an image and selects an object in it. */
  goTo(imageId: number, annotationId: string | null): void;
  /** Something was done, or done again. `askedAt`: when the prompts were given, if this page gave them. */
  answered(answer: ChangeAnswer, askedAt: number | null): void;
}

export const SLOW_AFTER_MS = 300;

export class Editor {
  history = $state.raw<UndoState>({ undo: null, redo: null, undo_of: null, redo_of: null });
  /** What was asked for and is not answered yet, as the outbox holds it. */
  pending = $state.raw<readonly Change[]>([]);
  canUndo = $derived(undoTarget(this.pending) !== null || this.history.undo !== null);
  canRedo = $derived(redoTarget(this.pending) !== null || this.history.redo !== null);
  readonly outbox: Outbox<Change>;
  /** Grows with every acknowledged change: what was asked for before is out of date. */
  acknowledged = 0;
  /** When the pointer or key was used that asks for what comes next (as `performance.now`). */
  releasedAt = 0;
  private readonly lost = new LostClasses();
  private readonly askedAt = new Map<string, number>();
  private slowTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly parts: EditorParts,
    project: string,
  ) {
    this.outbox = new Outbox<Change>(parts.storage, project, {
      read: upgraded,
      send: (change, keep) => this.send(change, keep),
      refused: (change, reason) => this.refused(change, reason),
      changed: (connection, message) => {
        const before = parts.status.connection;
        parts.status.connection = connection;
        parts.status.reason = message;
        if (connection !== before) this.sayWhatWaits();
        this.refresh();
      },
    });
  }

  /** New prompts for an object (null: a new one); returns its id. */
  respond(annotationId: string | null, prompts: Prompt[], classId: number, method: Method): string | null {
    const id = annotationId ?? crypto.randomUUID();
    const stamp = this.stamp();
    this.askedAt.set(stamp.id, this.releasedAt);
    const model = this.parts.model(method);
    const task = model?.task === "partition" ? "partition" : "mask";
    const known = model === undefined ? {} : { weights: model.version };
    this.push({ ...stamp, action: "respond", annotationId: id, classId, method, task, ...known, prompts });
    return id;
  }

  /** More class clicks in the image, or fewer; without either it is asked again about what is there. */
  clickClasses(method: Method, clicks: ClassClick[], removed: ClassClick[], elsewhere: boolean): void {
    const stamp = this.stamp();
    this.askedAt.set(stamp.id, this.releasedAt);
    this.push({ ...stamp, action: "class-clicks", method, clicks, removed, elsewhere });
  }

  /** Accepts or deletes proposals, together. */
  takeProposals(kind: TakeKind, proposals: readonly Annotation[]): void {
    const { boxes, scores, class_ids: classIds, oriented, method } = this.parts.detections.rowsOf(proposals);
    this.push({ ...this.stamp(), action: "take", kind, boxes, scores, classIds, oriented, method });
  }

  /** Changes objects together (`annotationId` null: makes a new one, of the class); returns their ids. */
  edit(kind: EditKind, wanted: readonly Wanted[], classId: number): string[] {
    const stamp = this.stamp();
    const edits = wanted.map(({ annotationId, patch }): ObjectEdit => {
      if (annotationId !== null) return { annotationId, patch };
      const made = { ...newAnnotation(crypto.randomUUID(), stamp.imageId, classId), ...patch };
      return { annotationId: made.id, patch: made };
    });
    this.push({ ...stamp, action: "edit", kind, edits });
    return edits.map(({ annotationId }) => annotationId);
  }

  retry(annotationId: string): void {
    this.push({ ...this.stamp(), action: "retry", annotationId });
  }

  setStatus(imageId: number, status: ImageStatus): void {
    if (this.parts.images.all.some((image) => image.id === imageId && image.status === status)) return;
    this.push({ ...this.stamp(), imageId, action: "status", status });
  }

  setClasses(classes: LabelClass[]): void {
    this.push({ id: crypto.randomUUID(), imageId: 0, seconds: 0, action: "classes", classes });
  }

  undo(): void {
    const target = undoTarget(this.outbox.pending);
    if (target === null && this.nothingTo("undo")) return this.parts.status.say("Nothing to undo");
    this.step("undo", target);
  }

  redo(): void {
    const target = redoTarget(this.outbox.pending);
    if (target === null && this.nothingTo("redo")) return this.parts.status.say("Nothing to redo");
    this.step("redo", target);
  }

  refresh(): void {
    const { objects, detections, images, classes, status } = this.parts;
    this.pending = [...this.outbox.pending];
    objects.refresh(images.currentId, this.pending);
    detections.refresh(images.currentId, this.pending);
    images.refresh(this.pending);
    classes.refresh(this.pending);
    status.unsaved = this.pending.length;
    this.watchForSlowness();
  }

  /** Takes up the state of an image; asks again when a change was acknowledged meanwhile, for it might be older. */
  async reload(imageId: number): Promise<void> {
    const { client, images, objects, detections } = this.parts;
    for (let attempt = 0; attempt < 5; attempt++) {
      const known = this.acknowledged;
      const { annotations, proposals, history, image } = await client.image(imageId);
      if (known !== this.acknowledged && attempt < 4) continue;
      objects.load(imageId, annotations);
      detections.load(proposals);
      images.replace(image);
      this.history = history;
      return this.refresh();
    }
  }

  private nothingTo(action: "undo" | "redo"): boolean {
    return this.history[action] === null && !isUnforeseen(this.outbox.pending);
  }

  private stamp() {
    const imageId = this.parts.images.currentId ?? 0;
    return { id: crypto.randomUUID(), imageId, seconds: this.parts.effort.take() };
  }

  private push(change: Change): void {
    this.outbox.push(change);
    this.refresh();
  }

  private step(action: "undo" | "redo", target: Deed | StepChange | null): void {
    const of = meant(this.outbox.pending, action, target, this.history);
    const step: StepChange = { ...this.stamp(), action, ...(of !== null && { of }) };
    if (target !== null) {
      step.imageId = target.imageId;
      cancel(this.outbox.pending, target, step);
      this.outbox.pending.forEach((change) => this.outbox.keep(change));
      if (target.imageId !== 0 && target.imageId !== this.parts.images.currentId) this.parts.goTo(target.imageId, null);
    }
    this.push(step);
    if (target === null) this.sayWhatWaits();
    if (target === null || !isDeed(target)) return;
    const subject = subjectOf(target);
    if (subject !== null) this.select(subject);
    this.parts.status.say(`Undone: ${wordFor(kindOf(target))}`);
  }

  /** A step of which only the server knows what it does is not seen before it is back. */
  private sayWhatWaits(): void {
    const { status } = this.parts;
    const step = this.outbox.pending.findLast((change) => isStep(change) && !change.foreseen);
    if (step === undefined || status.connection === "fine") return;
    status.say(`${step.action === "undo" ? "Undo" : "Redo"} waits for the server`);
  }

  private select(annotationId: string | null): void {
    const { objects } = this.parts;
    objects.selectedId = annotationId !== null && objects.byId.has(annotationId) ? annotationId : null;
  }

  private async send(change: Change, keep: () => void): Promise<void> {
    const known: Known = {
      confirmed: (image, id) => this.confirmed(image, id),
      next: (action) => this.history[`${action}_of`],
    };
    const attempt = () => sendChange(this.parts.client, known, change, keep);
    const answer = await attempt().catch(async (error: unknown) => {
      if (!(error instanceof Refused) || !(await this.rescued(change, error))) throw error;
      keep();
      return attempt();
    });
    this.acknowledged += 1;
    this.take(change, answer);
  }

  /** Takes up what the server found without being asked for a change. */
  takeUp(answer: ChangeAnswer): void {
    const { detections, images, status } = this.parts;
    this.acknowledged += 1;
    detections.confirm(answer);
    if (answer.image !== null) images.replace(answer.image);
    this.history = answer.history;
    status.savedAt = new Date(answer.saved_at);
    this.refresh();
  }

  /** Gives an object whose class is gone a class that is there, so that it is not refused for it. */
  private async rescued(change: Change, reason: Refused): Promise<boolean> {
    if (reason.code !== "not_found") return false;
    const rescue = await this.lost.rescue(this.parts.client, change);
    if (rescue === null) return false;
    this.parts.classes.confirmed = rescue.classes;
    this.parts.status.say(rescue.message, 8000);
    return true;
  }

  private async confirmed(imageId: number, annotationId: string): Promise<Annotation | null> {
    const { objects, client } = this.parts;
    if (!objects.isLoaded(imageId)) objects.load(imageId, (await client.image(imageId)).annotations);
    return objects.confirmedOf(imageId).get(annotationId) ?? null;
  }

  private take(change: Change, answer: ChangeAnswer): void {
    const { objects, detections, images, classes, status } = this.parts;
    carryOver(this.outbox.pending, change, this.before(answer));
    objects.confirm(answer);
    detections.confirm(answer);
    if (answer.image !== null) images.replace(answer.image);
    if (answer.classes !== null) classes.confirmed = answer.classes;
    else if (answer.annotations.some(({ class_id }) => !classes.has(class_id))) void this.reloadClasses();
    this.history = answer.history;
    status.savedAt = new Date(answer.saved_at);
    if (isStep(change)) return this.reached(change, answer);
    this.parts.answered(answer, this.askedAt.get(change.id) ?? null);
    this.askedAt.delete(change.id);
  }

  /** What an answer touches, as it is before that is taken up. */
  private before(answer: ChangeAnswer): Effect {
    const { objects, detections, images, classes } = this.parts;
    const proposals = answer.proposals && detections.confirmedOf(answer.proposals.image_id);
    const status = answer.image === null ? null : images.confirmedStatus(answer.image.id);
    return { annotations: objects.before(answer), status, classes: answer.classes && classes.confirmed, proposals };
  }

  /** Shows what a step did. */
  private reached(step: StepChange, answer: ChangeAnswer): void {
    const { images, goTo, status, answered } = this.parts;
    const { image, annotations, removed, proposals, kind } = answer;
    // A redo of clicks on a large image restores the first part of the answer; the page then requests the others.
    // Once the outbox has dropped the step, the clicks that it restores are shown.
    if (step.action === "redo") setTimeout(() => answered(answer, null));
    if (step.cancelledBy !== undefined) return;
    status.say(`${step.action === "undo" ? "Undone" : "Redone"}: ${wordFor(kind)}`);
    const subject = proposals === null ? (annotations[0]?.id ?? null) : null;
    // Once the outbox has dropped the step, what is shown is up to date.
    setTimeout(() => {
      if (image !== null && image.id !== images.currentId) goTo(image.id, subject);
      else if (annotations.length + removed.length > 0) this.select(subject);
    });
  }

  private refused(change: Change, reason: Refused): void {
    const { message } = reason;
    const taken = { undo: "Not undone", redo: "Not redone" };
    this.parts.status.say(isStep(change) ? `${taken[change.action]}: ${message}` : message, 8000);
    this.withdrawStepsAfter(change);
    if (change.action === "classes") {
      this.lost.note(change.classes);
      void this.reloadClasses();
    }
    if (change.action === "retry" || change.imageId === 0) return this.refresh();
    // If that fails too, opening the image again will show its state.
    this.reload(change.imageId).catch(() => this.refresh());
  }

  /** Steps that meant a refused change, or followed a refused step, would reach something else. */
  private withdrawStepsAfter(refused: Change): void {
    const of = isStep(refused) ? refused.of : refused.id;
    this.outbox.withdraw((other) => isStep(other) && (other.of === of || (isStep(refused) && other.of === undefined)));
  }

  async reloadClasses(): Promise<void> {
    const project = await this.parts.client.project().catch(() => null);
    if (project !== null) this.parts.classes.confirmed = project.classes;
  }

  private watchForSlowness(): void {
    const { objects, detections, status } = this.parts;
    const asking = (objects.waiting.size > 0 || detections.waiting) && status.connection === "fine";
    if (!asking) {
      clearTimeout(this.slowTimer);
      this.slowTimer = undefined;
      status.slow = false;
    } else this.slowTimer ??= setTimeout(() => (status.slow = true), SLOW_AFTER_MS);
  }
}
