/** What a person can do to the objects: every change goes through the outbox and shows at once. */

import { type Client, Refused } from "../api/client";
import { type Keep, Outbox, type OutboxEvents } from "../api/outbox";
import type {
  Annotation,
  ChangeAnswer,
  ClassClick,
  EditKind,
  ImageStatus,
  LabelClass,
  Method,
  MethodInfo,
  Move,
  Prompt,
  SuggestedPoint,
  TakeKind,
} from "../api/types";
import type { Wanted } from "../tools/shared/desk";
import { carryOver, type Change, type Effect, isStep, isUnforeseen, mayAlter, onImage, rebase, upgraded } from "./changes";
import type { Classes } from "./classes.svelte";
import type { Detections } from "./detections.svelte";
import { newAnnotation, type ObjectEdit } from "./editing";
import type { Effort } from "./effort.svelte";
import type { Images } from "./images.svelte";
import { LostClasses } from "./lost-classes";
import type { Objects } from "./objects.svelte";
import { Outdated } from "./outdated.svelte";
import { Reads } from "./reads";
import { type Known, sendChange } from "./sender";
import type { Status } from "./status.svelte";
import { Undo } from "./undo.svelte";

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
  /** Shows an image. */
  goTo(imageId: number): void;
  /** Something was done, or done again. `askedAt`: when the prompts were given, if this page gave them; `method`: the model they were given to. */
  answered(answer: ChangeAnswer, askedAt: number | null, method: Method | null): void;
}

export const SLOW_AFTER_MS = 300;

export class Editor {
  /** What was asked for and is not answered yet, as the outbox holds it. */
  pending = $state.raw<readonly Change[]>([]);
  readonly outbox: Outbox<Change>;
  readonly steps: Undo;
  /** Grows with every acknowledged change: what was asked for before is out of date. */
  acknowledged = 0;
  /** When the pointer or key was used that asks for what comes next (as `performance.now`). */
  releasedAt = 0;
  readonly outdated: Outdated;
  /** The ids of this page's own requests. */
  readonly sent = new Set<string>();
  private readonly lost = new LostClasses();
  private readonly reads = new Reads();
  private readonly askedAt = new Map<string, number>();
  private slowTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly parts: EditorParts,
    project: string,
    tab = "",
  ) {
    const events: OutboxEvents<Change> = {
      read: upgraded,
      send: (change, keep) => this.send(change, keep),
      refused: (change, reason) => this.refused(change, reason),
      changed: (connection, message) => {
        const before = parts.status.connection;
        parts.status.connection = connection;
        parts.status.reason = message;
        if (connection !== before) this.steps.sayWhatWaits();
        this.refresh();
      },
    };
    this.outbox = new Outbox<Change>(parts.storage, project, events, tab);
    const { client, images, classes, detections, status, goTo } = parts;
    this.outdated = new Outdated({
      ...{ images, classes, detections },
      outbox: () => this.outbox,
      push: (change) => this.push(change),
      edit: (imageId, kind, mine) => {
        const edits = [{ annotationId: mine.id, patch: { ...mine, version: "" } }];
        this.push({ ...this.stamp(), imageId, action: "edit", kind, edits });
      },
      setStatus: (imageId, wanted) => this.setStatus(imageId, wanted),
      setClasses: (wanted, before) => this.setClasses(wanted, before),
    });
    this.steps = new Undo({
      ...{ client, images, status, goTo },
      outbox: () => this.outbox,
      stamp: () => this.stamp(),
      push: (change) => this.push(change),
      select: (annotationId) => this.select(annotationId),
      redone: (answer) => parts.answered(answer, null, null),
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
    this.push({ ...stamp, action: "respond", annotationId: id, classId, method, task, ...known, prompts, ...this.basis(id) });
    return id;
  }

  /** More class clicks in the image, or fewer; without either it is asked again about what is there. */
  clickClasses(method: Method, clicks: ClassClick[], removed: ClassClick[], elsewhere: boolean): void {
    const stamp = this.stamp();
    this.askedAt.set(stamp.id, this.releasedAt);
    const basedOn = this.parts.detections.versionOf(stamp.imageId, this.outbox.pending);
    this.push({ ...stamp, action: "class-clicks", method, clicks, removed, elsewhere, basedOn });
  }

  /** Accepts or deletes proposals, together. */
  takeProposals(kind: TakeKind, proposals: readonly Annotation[]): void {
    const { detections } = this.parts;
    const { boxes, scores, class_ids: classIds, oriented, method } = detections.rowsOf(proposals);
    const stamp = this.stamp();
    const basedOn = detections.versionOf(stamp.imageId, this.outbox.pending);
    this.push({ ...stamp, action: "take", kind, boxes, scores, classIds, oriented, method, basedOn });
  }

  /** Asks a model of points about the image. */
  askPoints(method: Method): void {
    const stamp = this.stamp();
    this.askedAt.set(stamp.id, this.releasedAt);
    this.push({ ...stamp, action: "ask-points", method });
  }

  /** Accepts or deletes suggestions of a model of points, together. */
  takePoints(kind: TakeKind, method: Method, moves: Move[], points: SuggestedPoint[]): void {
    this.push({ ...this.stamp(), action: "take-points", kind, method, moves, points });
  }

  /** Changes objects together (`annotationId` null: makes a new one, of the class); returns their ids. */
  edit(kind: EditKind, wanted: readonly Wanted[], classId: number): string[] {
    const stamp = this.stamp();
    const edits = wanted.map(({ annotationId, patch }): ObjectEdit => {
      if (annotationId !== null) return { annotationId, patch, ...this.basis(annotationId) };
      const made = { ...newAnnotation(crypto.randomUUID(), stamp.imageId, classId), ...patch };
      return { annotationId: made.id, patch: made };
    });
    this.push({ ...stamp, action: "edit", kind, edits });
    return edits.map(({ annotationId }) => annotationId);
  }

  /** The version of an object on the screen, unless this page has changed it and waits for the answer. */
  private basis(annotationId: string): { basedOn?: string } {
    const shown = this.parts.objects.byId.get(annotationId);
    if (shown === undefined || shown.version === "") return {};
    const isAltered = this.outbox.pending.some((change) => mayAlter(change, annotationId, shown.image_id));
    return isAltered ? {} : { basedOn: shown.version };
  }

  retry(annotationId: string): void {
    this.push({ ...this.stamp(), action: "retry", annotationId, ...this.basis(annotationId) });
  }

  setStatus(imageId: number, status: ImageStatus): void {
    const shown = this.parts.images.all.find((image) => image.id === imageId);
    if (shown === undefined || shown.status === status) return;
    const isUnknown = isUnforeseen(onImage(this.outbox.pending, imageId));
    this.push({ ...this.stamp(), imageId, action: "status", status, basedOn: isUnknown ? undefined : shown.status_version });
  }

  setClasses(classes: LabelClass[], before = this.parts.classes.shown): void {
    const imageId = this.parts.images.currentId ?? 0;
    this.push({ id: this.newId(), imageId, seconds: 0, action: "classes", classes, before });
  }

  /** Whether something would be lost if the page went now. */
  get atRisk(): boolean {
    return this.outbox.atRisk || this.outdated.conflicts.length > 0;
  }

  refresh(): void {
    const { objects, detections, images, classes, status } = this.parts;
    this.pending = [...this.outbox.pending];
    objects.refresh(images.currentId, this.pending);
    detections.refresh(images.currentId, this.pending);
    images.refresh(this.pending);
    classes.refresh(this.pending);
    this.steps.refresh(this.pending);
    status.unsaved = this.pending.length;
    this.outdated.refresh();
    this.watchForSlowness();
  }

  /** Loads the state of an image. Asks again if a change was acknowledged or an image updated during the read, because
   *  the answer may be out of date. */
  async reload(imageId: number): Promise<void> {
    const { client, images, objects, detections } = this.parts;
    for (let attempt = 0; attempt < 5; attempt++) {
      const known = this.acknowledged + images.takenUp;
      const answer = await this.reads.read(imageId, () => client.image(imageId));
      if (answer === null) return;
      if (known !== this.acknowledged + images.takenUp && attempt < 4) continue;
      const { annotations, proposals, history, image } = answer;
      objects.load(imageId, annotations);
      detections.load(proposals);
      images.replace(image);
      this.steps.note(imageId, history);
      return this.refresh();
    }
  }

  private stamp() {
    const imageId = this.parts.images.currentId ?? 0;
    return { id: this.newId(), imageId, seconds: this.parts.effort.take() };
  }

  /** An id for a request, by which this page knows its own changes. */
  newId(): string {
    const id = crypto.randomUUID();
    this.sent.add(id);
    return id;
  }

  private push(change: Change): void {
    this.outbox.push(change);
    this.refresh();
  }

  private select(annotationId: string | null): void {
    const { objects } = this.parts;
    objects.selectedId = annotationId !== null && objects.byId.has(annotationId) ? annotationId : null;
  }

  private async send(change: Change, keep: () => void): Promise<void> {
    const known: Known = {
      confirmed: (image, id) => this.confirmed(image, id),
      statusVersion: (image) => this.parts.images.confirmedStatus(image)?.status_version ?? "",
      clicksVersion: (image) => this.clicksVersion(image),
      next: (step) => this.steps.next(step),
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
    const { detections, status } = this.parts;
    this.acknowledged += 1;
    detections.confirm(answer);
    this.noteImage(answer);
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

  private async clicksVersion(imageId: number): Promise<string> {
    const { detections, client } = this.parts;
    if (!detections.isLoaded(imageId)) detections.load((await client.image(imageId)).proposals);
    return detections.confirmedOf(imageId).version;
  }

  private take(change: Change, answer: ChangeAnswer): void {
    const { objects, detections, classes, status } = this.parts;
    carryOver(this.outbox.pending, change, this.before(answer));
    objects.confirm(answer);
    detections.confirm(answer);
    this.noteImage(answer);
    if (answer.classes !== null) classes.confirmed = answer.classes;
    else if (answer.annotations.some(({ class_id }) => !classes.has(class_id))) void this.reloadClasses();
    status.savedAt = new Date(answer.saved_at);
    if (isStep(change)) return this.steps.reached(change, answer);
    this.parts.answered(answer, this.askedAt.get(change.id) ?? null, "method" in change ? change.method : null);
    this.askedAt.delete(change.id);
  }

  private noteImage({ image, history }: ChangeAnswer): void {
    if (image === null) return;
    this.parts.images.replace(image);
    this.steps.note(image.id, history);
  }

  /** What an answer touches, as it is before that is taken up. */
  private before(answer: ChangeAnswer): Effect {
    const { objects, detections, images, classes } = this.parts;
    const proposals = answer.proposals && detections.confirmedOf(answer.proposals.image_id);
    const status = answer.image === null ? null : images.confirmedStatus(answer.image.id);
    return { annotations: objects.before(answer), status, classes: answer.classes && classes.confirmed, proposals };
  }

  private refused(change: Change, reason: Refused): void {
    const { message } = reason;
    const taken = { undo: "Not undone", redo: "Not redone" };
    const isOutdated = reason.code === "outdated";
    if (!isOutdated) this.parts.status.say(isStep(change) ? `${taken[change.action]}: ${message}` : message, 8000);
    this.steps.withdrawAfter(change);
    if (change.action === "classes") {
      this.lost.note(change.classes);
      void this.reloadClasses().then(() => isOutdated && this.outdated.keep(change));
    } else if (isOutdated) this.outdated.keep(change, reason.present);
    rebase(this.outbox.pending, change).forEach((follower) => this.outbox.keep(follower));
    if ((change.action === "retry" && !isOutdated) || change.imageId === 0) return this.refresh();
    // If that fails too, opening the image again will show its state.
    this.reload(change.imageId).catch(() => this.refresh());
  }

  async reloadClasses(): Promise<void> {
    const project = await this.reads.read("project", () => this.parts.client.project()).catch(() => null);
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
