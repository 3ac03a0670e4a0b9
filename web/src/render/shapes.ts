/** What every shape can be asked, whatever its type. */

import type { Box, OrientedBoxShape, Point, PolygonsShape, Shape } from "../api/types";
import { Bitmap } from "./bitmap";
import { inRings } from "./contours";
import { clampPoint, inside } from "./coordinates";
import { decodeMask } from "./rle";

const decoded = new WeakMap<Shape, Bitmap>();

/** The decoded mask, kept as long as its shape lives. */
export function bitmapOf(shape: Shape): Bitmap {
  let bitmap = decoded.get(shape);
  if (bitmap === undefined) {
    bitmap = shape.type === "mask" ? decodeMask(shape) : rasterise(shape);
    decoded.set(shape, bitmap);
  }
  return bitmap;
}

/** Tells what a shape decodes to, when that is already known. */
export function rememberBitmap(shape: Shape, bitmap: Bitmap): void {
  decoded.set(shape, bitmap);
}

export function boundsOf(shape: Shape): Box {
  if (shape.type === "oriented_box") return ringBounds({ rings: [cornersOf(shape)] });
  if (shape.type === "point") return [shape.x, shape.y, shape.x, shape.y];
  return shape.type === "polygons" ? ringBounds(shape) : shape.xyxy;
}

export function contains(shape: Shape, point: Point): boolean {
  if (shape.type === "box") return inside(point, shape.xyxy);
  if (shape.type === "oriented_box") return inRings(point, [cornersOf(shape)]);
  if (shape.type === "polygons") return inRings(point, shape.rings);
  if (shape.type === "point") return shape.x === point[0] && shape.y === point[1];
  return inside(point, shape.xyxy) && bitmapOf(shape).at(point[0], point[1]);
}

export function boxArea([x0, y0, x1, y1]: Box): number {
  return Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
}

/** The shape shifted by whole or broken pixels; masks do not move. */
export function moved<S extends Shape>(shape: S, dx: number, dy: number): S {
  if (shape.type === "box") {
    const [x0, y0, x1, y1] = shape.xyxy;
    return { ...shape, xyxy: [x0 + dx, y0 + dy, x1 + dx, y1 + dy] };
  }
  if (shape.type === "oriented_box") return { ...shape, cx: shape.cx + dx, cy: shape.cy + dy };
  if (shape.type === "point") return { ...shape, x: shape.x + dx, y: shape.y + dy };
  if (shape.type === "mask") return shape;
  return { ...shape, rings: shape.rings.map((ring) => ring.map((v, i) => v + (i % 2 === 0 ? dx : dy))) };
}

/** A point stays in the image; other shapes may reach beyond it. */
export function withinImage(shape: Shape, size: Point): Shape {
  if (shape.type !== "point") return shape;
  const [x, y] = clampPoint([shape.x, shape.y], ...size);
  return { ...shape, x, y };
}

/** x, y of its corners, clockwise, first the one that is top left at the angle 0. */
export function cornersOf({ cx, cy, w, h, angle }: OrientedBoxShape): number[] {
  const [cos, sin] = [Math.cos(angle) / 2, Math.sin(angle) / 2];
  const signs: Point[] = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  return signs.flatMap(([x, y]) => [cx + x * w * cos - y * h * sin, cy + x * w * sin + y * h * cos]);
}

function ringBounds({ rings }: Pick<PolygonsShape, "rings">): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      box[0] = Math.min(box[0], ring[i]!);
      box[1] = Math.min(box[1], ring[i + 1]!);
      box[2] = Math.max(box[2], ring[i]!);
      box[3] = Math.max(box[3], ring[i + 1]!);
    }
  }
  return box;
}

/** Pixels whose centre lies in the shape. */
function rasterise(shape: Shape): Bitmap {
  const [x0, y0, x1, y1] = boundsOf(shape);
  const [left, top] = [Math.floor(x0), Math.floor(y0)];
  const out = new Bitmap(left, top, Math.ceil(x1) - left, Math.ceil(y1) - top);
  for (let y = 0; y < out.height; y++) {
    for (let x = 0; x < out.width; x++) {
      if (contains(shape, [left + x + 0.5, top + y + 0.5])) out.data[y * out.width + x] = 1;
    }
  }
  return out;
}
