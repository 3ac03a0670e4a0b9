/** What models of points suggest in the current image, as it is shown: moves of its points, and new points. */

import { untrack } from "svelte";
import type { Annotation, Move, Point, Proposals, SuggestedPoint, SuggestedPoints as OfModel } from "../api/types";
import { type Arrow, ArrowIndex } from "../render/arrows";
import { GRAB_PIXELS } from "../render/handles";
import { SpatialIndex } from "../render/spatial";
import type { Classes } from "./classes.svelte";
import type { Detections } from "./detections.svelte";
import { newAnnotation } from "./editing";
import type { Objects } from "./objects.svelte";
import type { Settings } from "./settings.svelte";
import { isCurrent } from "./taking-points";

/** A suggestion with the model that made it. */
export interface Made<T> {
  method: string;
  suggestion: T;
}

export interface SuggestedPointsParts {
  classes: Classes;
  detections: Detections;
  objects: Objects;
  settings: Settings;
  scale(): number;
}

/** The same objects each time, so that nothing is drawn again as long as nothing is suggested. */
const NO_ARROWS = new ArrowIndex([]);
const NO_POINTS = new SpatialIndex([]);

export class SuggestedPoints {
  /** Where the pointer is, while it can take suggestions. */
  pointedAt = $state.raw<Point | null>(null);
  private readonly models: readonly OfModel[] = $derived.by(() => this.parts.detections.current.points);
  private readonly moves = $derived.by(() => this.chooseMoves(this.models));
  /** Those of points that are still where the moves begin, and shown. */
  readonly arrows: readonly Arrow[] = $derived.by(() => [...this.moves.keys()]);
  readonly arrowIndex = $derived(this.arrows.length > 0 ? new ArrowIndex(this.arrows) : NO_ARROWS);
  private readonly points = $derived.by(() => this.list(this.models));
  /** Suggested points, those included that are hidden for their confidence. */
  readonly all: readonly Annotation[] = $derived.by(() => [...this.points.keys()]);
  readonly shown: readonly Annotation[] = $derived.by(() => this.all.filter((each) => this.isShown(each)));
  readonly index = $derived(this.shown.length > 0 ? new SpatialIndex(this.shown) : NO_POINTS);
  readonly hoveredArrow: Arrow | null = $derived.by(() => (this.pointedAt === null ? null : this.arrowAt(this.pointedAt)));
  readonly hovered: Annotation | null = $derived.by(() => {
    return this.pointedAt === null || this.hoveredArrow !== null ? null : this.at(this.pointedAt);
  });

  constructor(private readonly parts: SuggestedPointsParts) {}

  arrowAt(place: Point): Arrow | null {
    return this.parts.objects.allHidden ? null : this.arrowIndex.at(place, this.reach);
  }

  at(place: Point): Annotation | null {
    return this.parts.objects.allHidden ? null : (this.index.at(place, this.reach)[0] ?? null);
  }

  /** The suggestions that these show, by model. */
  madeOf(arrows: readonly Arrow[], points: readonly Annotation[]): Map<string, { moves: Move[]; points: SuggestedPoint[] }> {
    const found = new Map<string, { moves: Move[]; points: SuggestedPoint[] }>();
    const of = (method: string) => {
      if (!found.has(method)) found.set(method, { moves: [], points: [] });
      return found.get(method)!;
    };
    for (const { method, suggestion } of arrows.flatMap((each) => this.moves.get(each) ?? [])) of(method).moves.push(suggestion);
    for (const { method, suggestion } of points.flatMap((each) => this.points.get(each) ?? [])) of(method).points.push(suggestion);
    return found;
  }

  private get reach(): number {
    return GRAB_PIXELS / this.parts.scale();
  }

  private isShown({ class_id, provenance }: Annotation): boolean {
    const { classes, settings } = this.parts;
    return provenance.predicted_quality! >= settings.values.leastPointScore && classes.has(class_id);
  }

  /** Of two models that move one point, the later one. */
  private chooseMoves(models: readonly OfModel[]): Map<Arrow, Made<Move>> {
    const { byId, hidden } = this.parts.objects;
    const latest = new Map<string, Made<Move>>();
    for (const { method, moves } of models) for (const move of moves) latest.set(move.annotation_id, { method, suggestion: move });
    const found = new Map<Arrow, Made<Move>>();
    for (const [id, made] of latest) {
      const annotation = byId.get(id);
      const { from_xy: from, to_xy: to } = made.suggestion;
      if (annotation !== undefined && !hidden.has(id) && isCurrent(made.suggestion, annotation)) found.set({ annotation, from, to }, made);
    }
    return found;
  }

  /** Drawn like annotations, but none. */
  private list(models: readonly OfModel[]): Map<Annotation, Made<SuggestedPoint>> {
    const { image_id }: Proposals = untrack(() => this.parts.detections.current);
    const rows = models.flatMap(({ method, weights, points }) => points.map((suggestion) => ({ method, weights, suggestion })));
    return new Map(rows.map((row, n) => [drawn(image_id, n, row), row]));
  }
}

function drawn(imageId: number, n: number, { method, weights, suggestion }: Made<SuggestedPoint> & { weights: string }): Annotation {
  const { x, y, class_id, score } = suggestion;
  return {
    ...newAnnotation(`suggested-point-${n}`, imageId, class_id),
    shape: { type: "point", x, y },
    provenance: { person: "local", method, weights, round: 0, predicted_quality: score },
  };
}
