/** Polygon: vertices by hand, without a model. */

import type { Point } from "../../api/types";
import { distance } from "../../render/coordinates";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import { GatheringSession } from "../shared/gathering";
import { hintOf } from "../shared/hints";
import type { Begun } from "../shared/tool";

const CLOSE_PIXELS = 9;
const SAME_PIXELS = 3;

/** It gathers the corners. */
export class PolygonSession extends GatheringSession<Point> {
  private at: Point | null = null;
  private pressed = false;

  hint(): string {
    const count = this.gathered.length;
    if (count === 0) return "Click along the object's outline";
    const removes = ["remove", "removes the last"] as const;
    if (count < 3) return hintOf(this.desk, "Click the next corner", removes, ["back", "cancels"]);
    return hintOf(this.desk, "Click the next corner, or the first one to close", ["forward", "closes too"], removes);
  }

  override cursor(at: Point | null): string {
    return at !== null && this.closes(at) ? "pointer" : "crosshair";
  }

  override down(pointer: Pointer): void {
    this.pressed = pointer.button === "left";
  }

  override move(pointer: Pointer): void {
    this.at = this.clamped(pointer);
    if (this.gathered.length > 0) this.desk.changed();
  }

  override up(pointer: Pointer): void {
    if (!this.pressed) return;
    this.pressed = false;
    const point = this.clamped(pointer);
    if (this.closes(point)) return void this.close();
    const last = this.gathered.at(-1);
    if (last !== undefined && distance(last, point) * this.desk.scale < SAME_PIXELS) return;
    this.at = point;
    this.gather(point);
  }

  override doubleClick(): void {
    this.close();
  }

  override cancel(): void {
    this.pressed = false;
  }

  override forward(): boolean {
    if (this.gathered.length === 0) return false;
    if (!this.close()) this.desk.say("A polygon needs at least 3 corners");
    return true;
  }

  override begun(): Begun | null {
    return this.gathered.length > 0 ? { points: this.gathered } : null;
  }

  override resume({ points = [] }: Begun): void {
    this.gathered = points;
  }

  override draw(pen: Pen): void {
    if (this.gathered.length === 0) return;
    const closing = this.at !== null && this.closes(this.at);
    pen.openPolygon(this.gathered, this.at, closing);
  }

  private close(): boolean {
    if (this.gathered.length < 3) return false;
    const rings = [this.handOver().flat()];
    const id = this.desk.edit("polygon", null, { state: "accepted", shape: { type: "polygons", rings } });
    if (id !== null) this.desk.showMade(id);
    return true;
  }

  private closes(at: Point): boolean {
    const first = this.gathered[0];
    return this.gathered.length >= 3 && distance(first!, at) * this.desk.scale <= CLOSE_PIXELS;
  }
}
