/** What can be done to suggested points and suggested moves of points, by the tool and by its panel. */

import type { Annotation, MethodInfo, Point, TakeKind } from "../api/types";
import type { Arrow } from "../render/arrows";
import { counted, type Desk, type PointsDesk } from "../tools/shared/desk";
import { hintOf } from "../tools/shared/hints";
import type { Detections } from "./detections.svelte";
import type { Editor } from "./editor.svelte";
import type { Settings } from "./settings.svelte";
import type { SuggestedPoints } from "./suggested-points.svelte";

export interface PointingParts {
  detections: Detections;
  editor: Editor;
  settings: Settings;
  suggestedPoints: SuggestedPoints;
  methods(): readonly MethodInfo[];
  progress(): number | null;
}

/** The desk, and the tools on it. */
export interface Bench extends Desk {
  readonly showsPoints: boolean;
  take(toolId: string): void;
}

export class Pointing implements PointsDesk {
  constructor(
    private readonly parts: PointingParts,
    private readonly bench: Bench,
  ) {}

  get models(): readonly MethodInfo[] {
    return this.parts.methods().filter(({ task }) => task === "points");
  }

  get moves(): readonly Arrow[] {
    return this.parts.suggestedPoints.arrows;
  }

  get suggested(): readonly Annotation[] {
    return this.parts.suggestedPoints.shown;
  }

  get count(): number {
    return this.parts.suggestedPoints.all.length;
  }

  get hoveredMove(): Arrow | null {
    return this.parts.suggestedPoints.hoveredArrow;
  }

  get hovered(): Annotation | null {
    return this.parts.suggestedPoints.hovered;
  }

  get waiting(): boolean {
    return this.parts.detections.waiting;
  }

  get progress(): number | null {
    return this.parts.progress();
  }

  get leastScore(): number {
    return this.parts.settings.values.leastPointScore;
  }

  set leastScore(score: number) {
    this.parts.settings.set("leastPointScore", score);
  }

  moveAt(place: Point): Arrow | null {
    return this.parts.suggestedPoints.arrowAt(place);
  }

  at(place: Point): Annotation | null {
    return this.parts.suggestedPoints.at(place);
  }

  ask(number: number): void {
    const model = this.models[number];
    if (model === undefined) return this.bench.say("No installed model suggests points or moves them");
    if (!this.bench.showsPoints) this.bench.take("point");
    this.bench.select(null);
    this.parts.editor.askPoints(model.name);
    this.bench.changed();
  }

  take(kind: TakeKind, moves: readonly Arrow[], points: readonly Annotation[]): void {
    const { bench, parts } = this;
    const taken = parts.suggestedPoints.madeOf(moves, points);
    if (taken.size === 0) return bench.say("There are no suggestions here");
    for (const [method, each] of taken) parts.editor.takePoints(kind, method, each.moves, each.points);
    const parted = [moves.length > 0 && counted(moves.length, "move"), points.length > 0 && counted(points.length, "point")];
    const what = parted.filter(Boolean).join(" and ");
    bench.say(hintOf(bench, `${kind === "accept" ? "Accepted" : "Rejected"} ${what}`, ["undo", "undoes this"]));
    bench.changed();
  }

  takeAll(kind: TakeKind): void {
    this.take(kind, this.moves, this.suggested);
  }

  acceptClass(classId = this.bench.classId): void {
    this.take("accept", [], this.suggested.filter(({ class_id }) => class_id === classId));
  }

  takeOne(kind: TakeKind): void {
    const { bench, hoveredMove, hovered, moves } = this;
    if (hovered !== null) return this.take(kind, [], [hovered]);
    const of = bench.selected?.id;
    const at = moves.findIndex((move) => move === hoveredMove || (hoveredMove === null && move.annotation.id === of));
    if (at < 0) return bench.say("Point at an arrow or a suggested point, or select a point with an arrow");
    const next = moves[at + 1] ?? moves[0]!;
    this.take(kind, [moves[at]!], []);
    if (hoveredMove === null) bench.select(next === moves[at] ? null : next.annotation.id);
  }
}
