/** What can be done to suggested points and suggested moves of points, by the tool and by its panel. */

import type { Annotation, MethodInfo, Point, Prompt, TakeKind } from "../api/types";
import type { Arrow } from "../render/arrows";
import { counted, type Desk, type PointsDesk } from "../tools/shared/desk";
import { hintOf } from "../tools/shared/hints";
import type { Tool } from "../tools/shared/tool";
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

/** Image pixels. */
const BORDER = 0.01;

/** The desk, and the tools on it. */
export interface Bench extends Desk {
  readonly showsPoints: boolean;
  /** The tool that proposes boxes. */
  readonly proposer: Tool | null;
  take(toolId: string): void;
  /** As `respond`, with this model. */
  respondWith(method: string, annotationId: string | null, prompts: Prompt[]): string | null;
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

  get outliners(): readonly MethodInfo[] {
    return this.parts.methods().filter(({ task, prompts }) => task === "mask" && prompts.includes("click"));
  }

  get outliner(): string {
    const names = this.outliners.map(({ name }) => name);
    const { outliner } = this.parts.settings.values;
    return names.includes(outliner) ? outliner : (names[0] ?? "");
  }

  set outliner(name: string) {
    this.parts.settings.set("outliner", name);
  }

  get findsBoxes(): boolean {
    return this.parts.methods().some(({ prompts }) => prompts.includes("class_click"));
  }

  outline(): void {
    const { bench, outliner } = this;
    const point = this.selectedPoint();
    if (outliner === "") return bench.say("No installed model outlines objects from a click");
    if (point === null) return bench.say("Select a point first; the model outlines the object there");
    const [x, y] = point.at;
    bench.respondWith(outliner, point.id, [{ type: "click", x, y, adds: true }]);
  }

  findBoxes(): void {
    const { bench } = this;
    const { proposer } = bench;
    const point = this.selectedPoint();
    if (proposer === null) return bench.say("No installed model can detect objects");
    if (point === null) return bench.say("Select a point first; the model finds boxes around objects like the one there");
    const [x, y] = point.at;
    bench.take(proposer.id); // suggested boxes are accepted there
    bench.select(null);
    bench.detection.ask([{ x, y, class_id: point.classId }]);
  }

  /** Within the last pixel: a point may lie on the border, a click may not. */
  private selectedPoint(): { id: string; classId: number; at: Point } | null {
    const { selected, imageSize } = this.bench;
    if (selected?.shape?.type !== "point") return null;
    const [width, height] = imageSize;
    const at: Point = [Math.min(selected.shape.x, width - BORDER), Math.min(selected.shape.y, height - BORDER)];
    return { id: selected.id, classId: selected.class_id, at };
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
