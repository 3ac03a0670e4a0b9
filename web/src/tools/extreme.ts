/** Extreme points: top, left, bottom and right of an object, in any order, give its mask. */

import type { Point } from "../api/types";
import { clampPoint, distance } from "../render/coordinates";
import type { Pen } from "../render/pen";
import { clickPrompt, correctHint, reopenHint, WAIT_HINT } from "./clicks";
import { hintOf } from "./hints";
import { type Begun, type Phase, type Pointer, Session, type Tool } from "./tool";

const GRAB_PIXELS = 9;
const LEFT_TO_DO = ["Click the object's top, left, bottom and right", "Three more", "Two more", "One more"];

class ExtremeSession extends Session {
  private points: Point[] = [];
  private taken: Point[] = [];
  private grabbed: number | null = null;
  private placed = false;

  override phase(): Phase {
    return this.points.length > 0 ? "prompting" : super.phase();
  }

  hint(): string {
    const count = this.points.length;
    if (count > 0) {
      return hintOf(this.desk, `${LEFT_TO_DO[count]} · drag a point to move it`, ["remove", "removes the last"]);
    }
    switch (super.phase()) {
      case "prompting":
        return WAIT_HINT;
      case "answered":
        return correctHint(this.desk);
      case "accepted":
        return reopenHint(this.desk);
      case "idle":
        return `${LEFT_TO_DO[0]}, in any order`;
    }
  }

  override cursor(at: Point | null): string {
    return at !== null && this.near(at) !== null ? "grab" : "crosshair";
  }

  override down(pointer: Pointer): void {
    if (pointer.button === "right" || (this.points.length === 0 && this.desk.selected !== null)) {
      this.placed = true;
      return;
    }
    this.grabbed = this.near(pointer.image);
    this.placed = this.grabbed === null;
  }

  override move(pointer: Pointer): void {
    if (this.grabbed === null) return;
    this.points[this.grabbed] = this.clamped(pointer);
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    const { placed } = this;
    this.cancel();
    if (!placed) return;
    if (this.points.length === 0 && this.desk.selected !== null) return this.correct(pointer);
    if (pointer.button === "right") return;
    this.points.push(this.clamped(pointer));
    this.taken = [];
    this.desk.changed();
    if (this.points.length === 4) this.ask();
  }

  override cancel(): void {
    this.grabbed = null;
    this.placed = false;
  }

  override back(): boolean {
    const any = this.points.length > 0;
    this.points = [];
    this.taken = [];
    this.desk.changed();
    return any;
  }

  override remove(): boolean {
    return this.undo();
  }

  override undo(): boolean {
    const last = this.points.pop();
    if (last === undefined) return false;
    this.taken.push(last);
    this.desk.changed();
    return true;
  }

  override redo(): boolean {
    const last = this.taken.pop();
    if (last === undefined) return false;
    this.points.push(last);
    this.desk.changed();
    return true;
  }

  override begun(): Begun | null {
    return this.points.length > 0 ? { points: this.points } : null;
  }

  override resume({ points = [] }: Begun): void {
    this.points = points;
  }

  override draw(pen: Pen): void {
    pen.points(this.points);
  }

  private ask(): void {
    const points = this.points;
    this.points = [];
    this.desk.respond(null, [{ type: "extreme_points", points }]);
  }

  private correct(pointer: Pointer): void {
    this.desk.respond(this.desk.selected?.id ?? null, [clickPrompt(pointer)]);
  }

  private clamped(pointer: Pointer): Point {
    return clampPoint(pointer.image, ...this.desk.imageSize);
  }

  private near(at: Point): number | null {
    const found = this.points.findIndex((point) => distance(point, at) * this.desk.scale <= GRAB_PIXELS);
    return found < 0 ? null : found;
  }
}

export const extreme: Tool = {
  id: "extreme",
  label: "Extreme",
  about: "Click an object's top, left, bottom and right",
  start: (desk) => new ExtremeSession(desk),
};
