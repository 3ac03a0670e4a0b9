/** Extreme points: top, left, bottom and right of an object, in any order, give its mask. */

import type { Point } from "../../api/types";
import { distance } from "../../render/coordinates";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import { clickHint, clickPrompt } from "../shared/clicks";
import { GatheringSession } from "../shared/gathering";
import { hintOf } from "../shared/hints";
import type { Begun } from "../shared/tool";

const GRAB_PIXELS = 9;
const LEFT_TO_DO = ["Click the object's top, left, bottom and right", "Three more", "Two more", "One more"];

/** It gathers the four points. */
export class ExtremePointsSession extends GatheringSession<Point> {
  private grabbed: number | null = null;
  private placed = false;

  hint(): string {
    const count = this.gathered.length;
    if (count > 0) {
      return hintOf(this.desk, `${LEFT_TO_DO[count]} · drag a point to move it`, ["remove", "removes the last"]);
    }
    return clickHint(this.desk, this.phase(), `${LEFT_TO_DO[0]}, in any order`);
  }

  override cursor(at: Point | null): string {
    return at !== null && this.near(at) !== null ? "grab" : "crosshair";
  }

  override down(pointer: Pointer): void {
    if (pointer.button === "right" || (this.gathered.length === 0 && this.desk.selected !== null)) {
      this.placed = true;
      return;
    }
    this.grabbed = this.near(pointer.image);
    this.placed = this.grabbed === null;
  }

  override move(pointer: Pointer): void {
    if (this.grabbed === null) return;
    this.gathered[this.grabbed] = this.clamped(pointer);
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    const { placed } = this;
    this.cancel();
    if (!placed) return;
    if (this.gathered.length === 0 && this.desk.selected !== null) return this.correct(pointer);
    if (pointer.button === "right") return;
    this.gather(this.clamped(pointer));
    if (this.gathered.length === 4) this.desk.respond(null, [{ type: "extreme_points", points: this.handOver() }]);
  }

  override cancel(): void {
    this.grabbed = null;
    this.placed = false;
  }

  override begun(): Begun | null {
    return this.gathered.length > 0 ? { points: this.gathered } : null;
  }

  override resume({ points = [] }: Begun): void {
    this.gathered = points;
  }

  override draw(pen: Pen): void {
    pen.points(this.gathered);
  }

  private correct(pointer: Pointer): void {
    this.desk.respond(this.desk.selected?.id ?? null, [clickPrompt(pointer)]);
  }

  private near(at: Point): number | null {
    const found = this.gathered.findIndex((point) => distance(point, at) * this.desk.scale <= GRAB_PIXELS);
    return found < 0 ? null : found;
  }
}
