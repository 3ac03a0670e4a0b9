/** Shapes as the keyboard changes them. */

import type { Point, Question, Shape } from "../api/types";
import { boundsOf, moved, withinImage } from "../render/shapes";

const SMALLEST = 1;

/** A box with its right and lower sides moved by pixels; the other sides stay, other shapes too. */
export function resized(shape: Shape, [dx, dy]: Point): Shape {
  if (shape.type === "box") {
    const [x0, y0, x1, y1] = shape.xyxy;
    return { ...shape, xyxy: [x0, y0, Math.max(x0 + SMALLEST, x1 + dx), Math.max(y0 + SMALLEST, y1 + dy)] };
  }
  if (shape.type !== "oriented_box") return shape;
  const { cx, cy, w, h, angle } = shape;
  const [width, height] = [Math.max(SMALLEST, w + dx), Math.max(SMALLEST, h + dy)];
  const [x, y] = [(width - w) / 2, (height - h) / 2];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { ...shape, cx: cx + x * cos - y * sin, cy: cy + x * sin + y * cos, w: width, h: height };
}

/** Where an object is placed before it is moved: of the size of the suggestion, beside it; in the middle of an area. */
export function beside({ kind, shape, width, height }: Question): Shape {
  const [x0, y0, x1, y1] = boundsOf(shape);
  if (kind === "area") return { type: "box", xyxy: [(2 * x0 + x1) / 3, (2 * y0 + y1) / 3, (x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3] };
  if (shape.type === "point") return withinImage({ ...shape, x: x0 + 8 }, [width, height]);
  const dx = x1 + (x1 - x0) <= width ? x1 - x0 : x0 - x1;
  if (shape.type === "oriented_box") return moved(shape, dx, 0);
  return { type: "box", xyxy: [x0 + dx, y0, x1 + dx, y1] };
}
