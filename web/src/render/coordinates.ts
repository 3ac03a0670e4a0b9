/** The one place where screen and image coordinates are converted. */

import type { Box, Point } from "../api/types";

/** Screen = image * scale + offset, in CSS pixels of the canvas. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

export const toScreen = (view: View, [x, y]: Point): Point => [x * view.scale + view.x, y * view.scale + view.y];

export const toImage = (view: View, [x, y]: Point): Point => [(x - view.x) / view.scale, (y - view.y) / view.scale];

/** The part of the image that a canvas of `width` x `height` shows; it may reach beyond the image. */
export function visibleBox(view: View, width: number, height: number): Box {
  const [x0, y0] = toImage(view, [0, 0]);
  const [x1, y1] = toImage(view, [width, height]);
  return [x0, y0, x1, y1];
}

export function clampPoint([x, y]: Point, width: number, height: number): Point {
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
}

/** Sorted corners, whichever way the box was drawn. */
export function boxFromCorners([ax, ay]: Point, [bx, by]: Point): Box {
  return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
}

export const distance = ([ax, ay]: Point, [bx, by]: Point): number => Math.hypot(ax - bx, ay - by);

export function inside([x, y]: Point, [x0, y0, x1, y1]: Box): boolean {
  return x >= x0 && x < x1 && y >= y0 && y < y1;
}
