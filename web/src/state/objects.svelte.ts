/** The objects of the current image: what the server confirmed, with what is under way on top. */

import type { Annotation, ChangeAnswer } from "../api/types";
import { SpatialIndex } from "../render/spatial";
import { type Change, type Effect, isPrompting, replay, standing } from "./changes";
import { sameShape } from "./editing";
import type { ObjectOrder } from "./settings.svelte";

export class Objects {
  shown = $state.raw<Annotation[]>([]);
  selectedId = $state<string | null>(null);
  /** An object that is selected only because it was just made. */
  justMadeId: string | null = null;
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

  /** The object that a person selected on purpose. */
  get chosen(): Annotation | null {
    return this.selectedId === this.justMadeId ? null : this.selected;
  }

  /** The objects in the order of the list. With the order "quality", those with the lowest predicted IoU come first;
   *  those without a prediction come last, in the order in which they were made. */
  inOrder(order: ObjectOrder): readonly Annotation[] {
    if (order === "made") return this.shown;
    const quality = ({ provenance }: Annotation) => provenance.predicted_quality ?? 2;
    return this.shown.toSorted((a, b) => quality(a) - quality(b));
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

  /** What an answer touches, as it is before that is taken up. */
  before({ image, annotations, removed }: ChangeAnswer): Effect["annotations"] {
    const known = image === null ? undefined : this.confirmed.get(image.id);
    if (known === undefined) return [];
    return [...annotations.map(({ id }) => id), ...removed].map((id) => [id, known.get(id) ?? null]);
  }

  /** Takes up an answer. */
  confirm({ image, annotations, removed, error }: ChangeAnswer): void {
    this.noteFailures([...annotations.map(({ id }) => id), ...removed], error);
    const known = image === null ? undefined : this.confirmed.get(image.id);
    if (known === undefined) return;
    for (const id of removed) known.delete(id);
    for (const one of annotations) known.set(one.id, withKnownShape(one, this.byId.get(one.id), known.get(one.id)));
  }

  refresh(imageId: number | null, pending: readonly Change[]): void {
    if (imageId === null) return;
    this.shown = replay(this.confirmedOf(imageId), pending, imageId);
    this.waiting = new Set(standing(pending).filter(isPrompting).map(({ annotationId }) => annotationId));
    if (this.selectedId !== null && !this.byId.has(this.selectedId)) this.selectedId = null;
  }

  toggleHidden(id: string): void {
    const next = new Set(this.hidden);
    if (!next.delete(id)) next.add(id);
    this.hidden = next;
  }

  /** An error is about the first of the objects. */
  private noteFailures(ids: string[], error: string | null): void {
    if (error === null && !ids.some((id) => this.failures.has(id))) return;
    const next = new Map(this.failures);
    for (const id of ids) next.delete(id);
    if (error !== null && ids[0] !== undefined) next.set(ids[0], error);
    this.failures = next;
  }
}

/** The same mask keeps its identity, so that what was decoded and drawn of it is not made again. */
function withKnownShape(annotation: Annotation, ...known: (Annotation | null | undefined)[]): Annotation {
  const same = known.find((other) => other && sameShape(other.shape, annotation.shape));
  return same ? { ...annotation, shape: same.shape } : annotation;
}
