/** The objects of the current image: what the server confirmed, with what is under way on top. */

import type { Annotation, ChangeAnswer, Shape } from "../api/types";
import { SpatialIndex } from "../render/spatial";
import { carryOver, type Change, replay } from "./changes";

export class Objects {
  shown = $state.raw<Annotation[]>([]);
  selectedId = $state<string | null>(null);
  hoveredId = $state<string | null>(null);
  hidden = $state.raw<ReadonlySet<string>>(new Set());
  allHidden = $state(false);
  /** Why the model could not answer, by object. */
  failures = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Objects whose prompts have no answer yet. */
  waiting = $state.raw<ReadonlySet<string>>(new Set());
  index = $derived(new SpatialIndex(this.shown));
  byId = $derived(new Map(this.shown.map((annotation) => [annotation.id, annotation])));
  unanswered = $derived(this.shown.filter((annotation) => annotation.shape === null));
  private readonly confirmed = new Map<number, Map<string, Annotation>>();

  get selected(): Annotation | null {
    return this.selectedId === null ? null : (this.byId.get(this.selectedId) ?? null);
  }

  isLoaded(imageId: number): boolean {
    return this.confirmed.has(imageId);
  }

  confirmedOf(imageId: number): ReadonlyMap<string, Annotation> {
    return this.confirmed.get(imageId) ?? new Map();
  }

  load(imageId: number, annotations: readonly Annotation[]): void {
    this.confirmed.set(imageId, new Map(annotations.map((annotation) => [annotation.id, annotation])));
  }

  forgetAllBut(imageIds: ReadonlySet<number>): void {
    for (const id of this.confirmed.keys()) if (!imageIds.has(id)) this.confirmed.delete(id);
  }

  /** Takes up an answer; a later undo that is still under way goes on hiding it. */
  confirm(change: Change, answer: ChangeAnswer, pending: readonly Change[]): void {
    const known = this.confirmed.get(answer.image_id);
    const before = known?.get(answer.annotation_id) ?? null;
    carryOver(pending, change, answer.annotation_id, before);
    this.noteFailure(answer);
    if (known === undefined) return;
    if (answer.annotation === null) known.delete(answer.annotation_id);
    else known.set(answer.annotation_id, withKnownShape(answer.annotation, this.byId.get(answer.annotation_id), before));
  }

  refresh(imageId: number | null, pending: readonly Change[]): void {
    if (imageId === null) return;
    this.shown = replay(this.confirmedOf(imageId), pending, imageId);
    const asked = pending.filter((c) => c.cancelledBy === undefined && (c.action === "respond" || c.action === "retry"));
    this.waiting = new Set(asked.map((c) => (c as { annotationId: string }).annotationId));
    if (this.selectedId !== null && !this.byId.has(this.selectedId)) this.selectedId = null;
  }

  toggleHidden(id: string): void {
    const next = new Set(this.hidden);
    if (!next.delete(id)) next.add(id);
    this.hidden = next;
  }

  private noteFailure({ annotation_id, error }: ChangeAnswer): void {
    if (error === null && !this.failures.has(annotation_id)) return;
    const next = new Map(this.failures);
    if (error === null) next.delete(annotation_id);
    else next.set(annotation_id, error);
    this.failures = next;
  }
}

/** The same mask keeps its identity, so that what was decoded and drawn of it is not made again. */
function withKnownShape(annotation: Annotation, ...known: (Annotation | null | undefined)[]): Annotation {
  const same = known.find((other) => other && sameShape(other.shape, annotation.shape));
  return same ? { ...annotation, shape: same.shape } : annotation;
}

function sameShape(a: Shape | null, b: Shape | null): boolean {
  if (a?.type === "mask" && b?.type === "mask") return a.counts === b.counts && a.size.join() === b.size.join();
  return JSON.stringify(a) === JSON.stringify(b);
}
