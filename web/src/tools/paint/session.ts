/** Brush and eraser: a stroke that touches the selected object extends it, one elsewhere makes a new object. */

import type { Annotation, Box, Point } from "../../api/types";
import { Bitmap } from "../../render/bitmap";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import type { Draft } from "../../render/scene";
import { joined } from "../../render/parts";
import { hasPixels } from "../../render/region-map";
import { bitmapOf } from "../../render/shapes";
import type { Desk } from "../shared/desk";
import { afterwards, hintOf } from "../shared/hints";
import { paintable, storePainted } from "../shared/painting";
import { Session } from "../shared/session";
import type { Phase } from "../shared/tool";

/** Room around a stroke, so that a mask need not be copied at every move. */
const MARGIN = 96;

function union(a: Box | null, b: Box): Box {
  if (a === null) return b;
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

export class PaintSession extends Session {
  private bitmap: Bitmap | null = null;
  /** The object that the stroke changes; null: a new one. */
  private target: Annotation | null = null;
  /** The selected object, until the stroke touches it. */
  private beside: Annotation | null = null;
  private last: Point | null = null;
  private at: Point | null = null;
  private erases = false;
  /** What this stroke has reached. */
  private touched: Box | null = null;

  constructor(
    desk: Desk,
    private readonly eraser: boolean,
  ) {
    super(desk);
  }

  override phase(): Phase {
    return this.bitmap !== null ? "prompting" : super.phase();
  }

  hint(): string {
    const { desk } = this;
    const size = [["brush.smaller", "brush.larger"], "change the size"] as const;
    if (paintable(desk) === null) {
      return this.eraser ? "Select an object to erase from" : hintOf(desk, "Drag to paint a new object", size, "Shift draws a straight line");
    }
    const drags = this.eraser ? "Drag to erase" : "Drag from the object to extend it, or elsewhere for a new one · right-drag erases";
    return hintOf(desk, drags, afterwards(desk), size);
  }

  override cursor(): string {
    return "none";
  }

  override down(pointer: Pointer): void {
    this.erases = this.eraser || pointer.button === "right" || pointer.ctrl;
    const selected = paintable(this.desk);
    if (selected === null && this.erases) return this.desk.say("Select an object to erase from");
    this.touched = null;
    this.target = this.erases || (selected !== null && !hasPixels(selected)) ? selected : null;
    this.beside = this.target === null ? selected : null;
    this.bitmap = this.target === null ? Bitmap.empty() : bitmapOf(this.target.shape!).copy();
    this.stroke(pointer.shift && this.last !== null ? this.last : pointer.image, pointer.image);
  }

  override move(pointer: Pointer): void {
    this.at = pointer.image;
    if (this.bitmap !== null && this.last !== null) this.stroke(this.last, pointer.image);
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    if (this.bitmap === null || this.last === null) return;
    this.stroke(this.last, pointer.image);
    const id = storePainted(this.desk, this.target, this.bitmap);
    this.bitmap = null;
    if (id !== null) this.desk.showMade(id);
    this.desk.changed();
  }

  override cancel(): void {
    this.bitmap = null;
    this.desk.changed();
  }

  override back(): boolean {
    const busy = this.bitmap !== null;
    this.cancel();
    return busy;
  }

  override draft(): Draft | null {
    if (this.bitmap === null) return null;
    return { id: this.target?.id ?? null, shape: null, bitmap: this.bitmap, touched: this.touched };
  }

  override draw(pen: Pen): void {
    if (this.at !== null) pen.brush(this.at, this.desk.brushRadius, this.eraser || this.erases);
  }

  private stroke(from: Point, to: Point): void {
    const radius = this.desk.brushRadius;
    this.bitmap = this.withRoom(this.bitmap!, from, to, radius);
    this.touched = union(this.touched, this.bitmap.stroke(from, to, radius, this.erases ? 0 : 1));
    if (this.beside !== null && bitmapOf(this.beside.shape!).touches(from, to, radius)) this.join(this.beside);
    this.last = this.at = to;
    this.desk.changed();
  }

  private join(object: Annotation): void {
    this.bitmap = joined(this.bitmap!, bitmapOf(object.shape!));
    [this.target, this.beside] = [object, null];
  }

  private withRoom(bitmap: Bitmap, from: Point, to: Point, radius: number): Bitmap {
    if (this.erases) return bitmap;
    const need: Box = this.onImage(from, to, radius + 1);
    const [x0, y0, x1, y1] = bitmap.box;
    const enough = bitmap.width > 0 && x0 <= need[0] && y0 <= need[1] && x1 >= need[2] && y1 >= need[3];
    return enough || need[2] <= need[0] || need[3] <= need[1] ? bitmap : bitmap.grown(this.onImage(from, to, radius + MARGIN));
  }

  private onImage(a: Point, b: Point, around: number): Box {
    const [width, height] = this.desk.imageSize;
    return [
      Math.max(0, Math.floor(Math.min(a[0], b[0]) - around)),
      Math.max(0, Math.floor(Math.min(a[1], b[1]) - around)),
      Math.min(width, Math.ceil(Math.max(a[0], b[0]) + around)),
      Math.min(height, Math.ceil(Math.max(a[1], b[1]) + around)),
    ];
  }
}
