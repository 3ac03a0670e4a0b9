/** The boxes proposed in the current image, as they are shown: of a score that is high enough. */

import { untrack } from "svelte";
import type { Annotation, ChangeAnswer, ClassClick, LimitsAnswer, Point, Proposals } from "../api/types";
import { SpatialIndex } from "../render/spatial";
import { type Change, isUnforeseen, onImage, standing } from "./changes";
import type { Classes } from "./classes.svelte";
import { newAnnotation } from "./editing";
import { among, noProposals, replayProposals } from "./proposals";
import type { Settings } from "./settings.svelte";
import { shapeOf } from "./taking";

const NAME = "proposal-";
const ASKS: readonly Change["action"][] = ["class-clicks", "ask-points"];
/** What the server proposes at once in an image, at most. */
export const MOST_BOXES = 2000;

export interface DetectionsParts {
  classes: Classes;
  settings: Settings;
}

export class Detections {
  current = $state.raw<Proposals>(noProposals(0));
  /** Where the pointer is, while it can take boxes. */
  pointedAt = $state.raw<Point | null>(null);
  /** Clicks of the current image, or its points, have no answer yet. */
  waiting = $state(false);
  /** Why the model could not answer, by image. */
  failures = $state.raw<ReadonlyMap<number, string>>(new Map());
  /** For each class, the lowest score at which boxes of the latest learning round save time. */
  limits = $state.raw<LimitsAnswer>({ weights: "", limits: {} });
  private readonly boxes = $derived(this.current.boxes);
  /** Whether the boxes come from a learning round that knows which of them save time. */
  readonly knowsLimits = $derived(this.current.weights === this.limits.weights && Object.keys(this.limits.limits).length > 0);
  /** Drawn like annotations, but none: their ids are their places in the answer. A click under way leaves them alone. */
  private readonly all = $derived.by(() => {
    const { boxes } = this;
    return untrack(() => boxes.map((_, n) => drawn(this.current, n)));
  });
  shown: readonly Annotation[] = $derived.by(() => this.choose());
  index = $derived(new SpatialIndex(this.shown));
  hovered = $derived(this.pointedAt === null ? null : this.at(this.pointedAt));
  private readonly confirmed = new Map<number, Proposals>();

  constructor(private readonly parts: DetectionsParts) {}

  /** There may be more boxes than were proposed, of a score that is shown. */
  get isFull(): boolean {
    const { scores, class_ids } = this.current;
    return scores.length >= MOST_BOXES && scores.at(-1)! >= this.least(class_ids.at(-1)!);
  }

  get failure(): string | null {
    return this.failures.get(this.current.image_id) ?? null;
  }

  /** The smallest box under a point. */
  at(point: Point): Annotation | null {
    return this.index.at(point)[0] ?? null;
  }

  /** The boxes, scores and classes of proposals. */
  rowsOf(proposals: readonly Annotation[]): Pick<Proposals, "boxes" | "scores" | "class_ids" | "oriented" | "method"> {
    const { boxes, scores, class_ids, oriented, method } = this.current;
    const places = proposals.map(({ id }) => Number(id.slice(NAME.length)));
    const kept = <T>(values: T[]) => places.map((n) => values[n]!);
    return { boxes: kept(boxes), scores: kept(scores), class_ids: kept(class_ids), oriented, method };
  }

  confirmedOf(imageId: number): Proposals {
    return this.confirmed.get(imageId) ?? noProposals(imageId);
  }

  isLoaded(imageId: number): boolean {
    return this.confirmed.has(imageId);
  }

  /** The version of an image's clicks after what is under way; undefined where only the server can tell. */
  versionOf(imageId: number, pending: readonly Change[]): string | undefined {
    if (!this.isLoaded(imageId) || isUnforeseen(onImage(pending, imageId))) return undefined;
    return replayProposals(this.confirmedOf(imageId), pending).version;
  }

  /** Those of `clicks` that the image has. */
  stillThere(imageId: number, clicks: readonly ClassClick[]): ClassClick[] {
    return this.isLoaded(imageId) ? among(this.confirmedOf(imageId).clicks, clicks) : [...clicks];
  }

  load(proposals: Proposals): void {
    this.confirmed.set(proposals.image_id, proposals);
  }

  forgetAllBut(imageIds: ReadonlySet<number>): void {
    for (const id of this.confirmed.keys()) if (!imageIds.has(id)) this.confirmed.delete(id);
  }

  /** Takes up an answer. */
  confirm({ proposals, error }: ChangeAnswer): void {
    if (proposals === null) return;
    this.load(proposals);
    const next = new Map(this.failures);
    if (error === null) next.delete(proposals.image_id);
    else next.set(proposals.image_id, error);
    this.failures = next;
  }

  refresh(imageId: number | null, pending: readonly Change[]): void {
    if (imageId === null) return;
    const next = replayProposals(this.confirmedOf(imageId), pending);
    this.current = next;
    this.waiting = standing(pending).some((change) => ASKS.includes(change.action) && change.imageId === imageId);
  }

  private choose(): readonly Annotation[] {
    const { classes } = this.parts;
    return this.all.filter(({ class_id, provenance }) => provenance.predicted_quality! >= this.least(class_id) && classes.has(class_id));
  }

  /** The least score of a box of this class that is shown. */
  private least(classId: number): number {
    const { leastScore, onlyWorthwhile } = this.parts.settings.values;
    return (onlyWorthwhile && this.knowsLimits ? this.limits.limits[classId] : undefined) ?? leastScore;
  }
}

function drawn({ image_id, boxes, scores, class_ids, oriented, method, weights }: Proposals, n: number): Annotation {
  return {
    ...newAnnotation(`${NAME}${n}`, image_id, class_ids[n]!),
    shape: shapeOf(boxes[n]!, oriented),
    provenance: { person: "local", method, weights, round: 0, predicted_quality: scores[n]! },
  };
}
