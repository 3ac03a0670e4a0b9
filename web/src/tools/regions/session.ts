/** Regions: four extreme points begin a region, scribbles extend it, and all regions of the image share its pixels. */

import type { Annotation, Point } from "../../api/types";
import { distance } from "../../render/coordinates";
import { cut, joined } from "../../render/parts";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import { hasPixels, isRegion } from "../../render/region-map";
import { encodeMask } from "../../render/rle";
import { bitmapOf } from "../../render/shapes";
import { WAIT_HINT } from "../shared/clicks";
import { GatheringSession } from "../shared/gathering";
import { afterwards, hintOf } from "../shared/hints";
import { CLICK_SLACK } from "../shared/session";
import type { Begun } from "../shared/tool";

const GRAB_PIXELS = 9;
/** Screen pixels between two points of a stroke. */
const STROKE_PIXELS = 2;
const LEFT_TO_DO = ["Click a region's top, left, bottom and right", "Three more", "Two more", "One more"];

/** A stroke under way: over pixels for a region; without one, along a cut. */
interface Stroke {
  region: Annotation | null;
  points: Point[];
}

/** An extreme point on its way; `of` is null as long as its region is not begun. */
interface Grabbed {
  of: Annotation | null;
  index: number;
  points: Point[];
  /** Not before it is pulled: a click is a new point, however near. */
  pulled: boolean;
}

function extremePointsOf({ prompts }: Annotation): readonly Point[] {
  return prompts.find((prompt) => prompt.type === "extreme_points")?.points ?? [];
}

/** It gathers the four points of a new region. */
export class RegionsSession extends GatheringSession<Point> {
  private press: Pointer | null = null;
  private grabbed: Grabbed | null = null;
  private stroke: Stroke | null = null;
  /** Selected beside the selected one, to be merged with it. */
  private secondId: string | null = null;

  hint(): string {
    const { desk } = this;
    const count = this.gathered.length;
    if (this.stroke?.region === null) return "Draw the cut across the whole region";
    if (this.stroke !== null) return "Release to add these pixels to the region";
    if (count > 0) return hintOf(desk, `${LEFT_TO_DO[count]} · drag a point to move it`, ["remove", "removes the last"]);
    if (this.phase() === "prompting") return WAIT_HINT;
    if (this.second() !== null) return hintOf(desk, ["merge", "merges the two regions"], ["back", "deselects the second"]);
    const { selected } = desk;
    if (selected === null && !desk.objects.some(isRegion)) return `${LEFT_TO_DO[0]}, in any order`;
    if (desk.objects.filter(isRegion).length === 1) return "A single region fills its box · click the next region's extreme points";
    if (selected === null) return "Click a region’s 4 extreme points · drag in a region to extend it · right-click to select it";
    return hintOf(
      desk,
      "Drag in a region to extend it · click to start the next",
      afterwards(desk),
      "Shift+drag splits",
    );
  }

  override cursor(at: Point | null): string {
    return at !== null && this.near(at) !== null ? "grab" : "crosshair";
  }

  override down(pointer: Pointer): void {
    this.press = pointer;
    if (pointer.button === "left" && !pointer.shift && !pointer.ctrl) this.grabbed = this.near(pointer.image);
  }

  override move(pointer: Pointer): void {
    if (this.press === null || this.press.button !== "left" || this.press.ctrl) return;
    if (this.stroke !== null) return this.extend(this.stroke, pointer);
    const isDrag = this.grabbed?.pulled || distance(this.press.screen, pointer.screen) > CLICK_SLACK;
    if (!isDrag) return;
    if (this.grabbed !== null) this.pull(this.grabbed, pointer);
    else if (this.gathered.length === 0) this.beginStroke(this.press, pointer);
  }

  override up(pointer: Pointer): void {
    const { press, grabbed, stroke } = this;
    if (stroke !== null && distance(stroke.points.at(-1)!, this.clamped(pointer)) > 0) stroke.points.push(this.clamped(pointer));
    this.cancel();
    if (press === null) return;
    if (grabbed?.pulled) return this.drop(grabbed);
    if (stroke?.region) return this.scribble(stroke.region, stroke.points);
    if (stroke !== null) return this.split(stroke.points);
    if (distance(press.screen, pointer.screen) <= CLICK_SLACK || this.gathered.length > 0) this.click(press);
  }

  override cancel(): void {
    this.press = this.grabbed = this.stroke = null;
    this.desk.changed();
  }

  override back(): boolean {
    const busy = this.press !== null || this.second() !== null;
    this.cancel();
    this.secondId = null;
    return super.back() || busy;
  }

  override second(): Annotation | null {
    if (this.secondId === null || this.desk.selected === null || this.desk.selected.id === this.secondId) return null;
    const second = this.desk.find(this.secondId);
    return second !== null && isRegion(second) && isRegion(this.desk.selected) ? second : null;
  }

  override merge(): boolean {
    const [first, second] = [this.desk.selected, this.second()];
    if (first === null || second === null) {
      this.desk.say(first === null ? "Select two regions first: right-click one, Shift+click the other" : "First Shift+click the region to merge with");
      return true;
    }
    this.secondId = null;
    const shape = encodeMask(joined(bitmapOf(first.shape!), bitmapOf(second.shape!)), ...this.desk.imageSize);
    this.desk.editTogether("merge", [
      { annotationId: first.id, patch: { shape } },
      { annotationId: second.id, patch: { state: "deleted" } },
    ]);
    return true;
  }

  override begun(): Begun | null {
    return this.gathered.length > 0 ? { points: this.gathered } : null;
  }

  override resume({ points = [] }: Begun): void {
    this.gathered = points;
  }

  override draw(pen: Pen): void {
    pen.points(this.gathered);
    const { grabbed, stroke } = this;
    const framed = this.framed();
    if (framed.length > 0) pen.frame(framed);
    if (grabbed?.of) pen.points(grabbed.points);
    if (stroke?.region) pen.scribble(stroke.points, this.desk.colorOf(stroke.region));
    else if (stroke !== null) pen.cutLine(stroke.points);
  }

  /** The extreme points whose box is shown: those under way, else those of the selected region's answer. */
  private framed(): readonly Point[] {
    if (this.grabbed?.of) return this.grabbed.points;
    const { selected } = this.desk;
    return selected?.shape && this.desk.shows(selected.id) ? extremePointsOf(selected) : [];
  }

  private click(press: Pointer): void {
    const removes = press.button === "right" || press.ctrl;
    if (this.gathered.length > 0) return removes ? void this.remove() : this.place(press);
    if (press.shift) return this.selectBeside(this.regionAt(press.image));
    if (removes) return this.desk.select(this.regionAt(press.image)?.id ?? null);
    this.place(press);
  }

  private place(pointer: Pointer): void {
    if (this.gathered.length === 0) this.desk.select(null);
    this.gather(this.clamped(pointer));
    if (this.gathered.length < 4) return;
    this.desk.respond(null, [{ type: "extreme_points", points: this.handOver() }]);
  }

  private selectBeside(region: Annotation | null): void {
    const { selected } = this.desk;
    if (region === null) return;
    if (selected === null || !isRegion(selected)) return this.desk.select(region.id);
    this.secondId = region.id === this.secondId || region.id === selected.id ? null : region.id;
    this.desk.changed();
  }

  private beginStroke(press: Pointer, pointer: Pointer): void {
    const region = press.shift ? null : this.regionToExtend(press);
    if (region === null && !press.shift) {
      this.desk.say("Start inside the region you want to extend");
      this.press = null;
      return;
    }
    this.stroke = { region, points: [this.clamped(press)] };
    this.extend(this.stroke, pointer);
  }

  private extend({ points }: Stroke, pointer: Pointer): void {
    const to = this.clamped(pointer);
    if (distance(points.at(-1)!, to) * this.desk.scale >= STROKE_PIXELS) points.push(to);
    this.desk.changed();
  }

  /** A region without pixels can be begun in from anywhere. */
  private regionToExtend({ image }: Pointer): Annotation | null {
    const { selected } = this.desk;
    if (selected !== null && isRegion(selected) && !hasPixels(selected)) return selected;
    return this.regionAt(image);
  }

  /** The selected region if the line goes through it, else the one that it goes through most. */
  private regionToCut(line: readonly Point[]): Annotation | null {
    const crossed = Map.groupBy(line.map((point) => this.regionAt(point)), (region) => region?.id ?? "");
    crossed.delete("");
    const most = [...crossed.values()].sort((a, b) => b.length - a.length)[0]?.[0] ?? null;
    return crossed.get(this.desk.selected?.id ?? "")?.[0] ?? most;
  }

  private scribble(region: Annotation, points: readonly Point[]): void {
    const rounded = points.map(([x, y]): Point => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]);
    this.desk.respond(region.id, [{ type: "scribble", points: rounded }]);
  }

  private split(line: readonly Point[]): void {
    const region = this.regionToCut(line);
    const parts = region && cut(bitmapOf(region.shape!), line);
    if (region === null || parts === null) return this.desk.say("Draw the cut across a whole region; select the region first if the cut crosses several");
    const [stays, goes] = parts.map((part) => encodeMask(part, ...this.desk.imageSize));
    const { class_id, state } = region;
    const ids = this.desk.editTogether("split", [
      { annotationId: region.id, patch: { shape: stays! } },
      { annotationId: null, patch: { class_id, state, shape: goes! } },
    ]);
    if (ids !== null) this.desk.showMade(ids[1]!);
  }

  private drop({ of, points }: Grabbed): void {
    if (of !== null) this.desk.respond(of.id, [{ type: "extreme_points", points }]);
  }

  private pull(grabbed: Grabbed, pointer: Pointer): void {
    grabbed.pulled = true;
    grabbed.points[grabbed.index] = this.clamped(pointer);
    this.desk.changed();
  }

  private regionAt(at: Point): Annotation | null {
    return this.desk.hits(at).find(isRegion) ?? null;
  }

  /** A point of the region that is being begun, or of the selected one. */
  private near(at: Point): Grabbed | null {
    const of = this.gathered.length > 0 ? null : this.desk.selected;
    const points = of === null ? this.gathered : [...extremePointsOf(of)];
    const index = points.findIndex((point) => distance(point, at) * this.desk.scale <= GRAB_PIXELS);
    return index < 0 ? null : { of, index, points, pulled: false };
  }
}
