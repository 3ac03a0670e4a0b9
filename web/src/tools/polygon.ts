/** Polygon: vertices by hand, without a model. */

import type { Point } from "../api/types";
import { clampPoint, distance } from "../render/coordinates";
import type { Pen } from "../render/pen";
import { hintOf } from "./hints";
import { type Begun, type Phase, type Pointer, Session, type Tool } from "./tool";

const CLOSE_PIXELS = 9;
const SAME_PIXELS = 3;

class PolygonSession extends Session {
  private vertices: Point[] = [];
  private taken: Point[] = [];
  private at: Point | null = null;
  private pressed = false;

  override phase(): Phase {
    return this.vertices.length > 0 ? "prompting" : super.phase();
  }

  hint(): string {
    const count = this.vertices.length;
    if (count === 0) return "Click along the object's outline";
    const removes = ["remove", "removes the last"] as const;
    if (count < 3) return hintOf(this.desk, "Click the next corner", removes, ["back", "drops the polygon"]);
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
    if (this.vertices.length > 0) this.desk.changed();
  }

  override up(pointer: Pointer): void {
    if (!this.pressed) return;
    this.pressed = false;
    const point = this.clamped(pointer);
    if (this.closes(point)) return void this.close();
    const last = this.vertices.at(-1);
    if (last !== undefined && distance(last, point) * this.desk.scale < SAME_PIXELS) return;
    this.vertices.push(point);
    this.taken = [];
    this.at = point;
    this.desk.changed();
  }

  override doubleClick(): void {
    this.close();
  }

  override cancel(): void {
    this.pressed = false;
  }

  override forward(): boolean {
    if (this.vertices.length === 0) return false;
    if (!this.close()) this.desk.say("A polygon needs three corners");
    return true;
  }

  override back(): boolean {
    const any = this.vertices.length > 0;
    this.vertices = [];
    this.taken = [];
    this.desk.changed();
    return any;
  }

  override remove(): boolean {
    return this.undo();
  }

  override undo(): boolean {
    const last = this.vertices.pop();
    if (last === undefined) return false;
    this.taken.push(last);
    this.desk.changed();
    return true;
  }

  override redo(): boolean {
    const last = this.taken.pop();
    if (last === undefined) return false;
    this.vertices.push(last);
    this.desk.changed();
    return true;
  }

  override begun(): Begun | null {
    return this.vertices.length > 0 ? { points: this.vertices } : null;
  }

  override resume({ points = [] }: Begun): void {
    this.vertices = points;
  }

  override draw(pen: Pen): void {
    if (this.vertices.length === 0) return;
    const closing = this.at !== null && this.closes(this.at);
    pen.openPolygon(this.vertices, this.at, closing);
  }

  private close(): boolean {
    if (this.vertices.length < 3) return false;
    const rings = [this.vertices.flat()];
    this.vertices = [];
    this.taken = [];
    const id = this.desk.edit("polygon", null, { state: "accepted", shape: { type: "polygons", rings } });
    if (id !== null) this.desk.select(id);
    return true;
  }

  private closes(at: Point): boolean {
    const first = this.vertices[0];
    return this.vertices.length >= 3 && distance(first!, at) * this.desk.scale <= CLOSE_PIXELS;
  }

  private clamped(pointer: Pointer): Point {
    return clampPoint(pointer.image, ...this.desk.imageSize);
  }
}

export const polygon: Tool = {
  id: "polygon",
  label: "Polygon",
  about: "Click the corners of an outline",
  start: (desk) => new PolygonSession(desk),
};
