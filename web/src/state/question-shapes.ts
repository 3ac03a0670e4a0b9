/** Shapes as the keyboard changes them. */

import type { Point, Shape } from "../api/types";

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
