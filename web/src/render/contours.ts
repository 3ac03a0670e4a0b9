/** The outline of a mask as closed rings, for a crisp line at every zoom. */

import type { Point } from "../api/types";
import type { Bitmap } from "./bitmap";

const STEPS: readonly Point[] = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

/** Rings in image pixels, the inside on the right; corners are cut at the middle of the pixel edges. */
export function contours(mask: Bitmap): Point[][] {
  const seen = new Uint8Array(mask.width * mask.height);
  const rings: Point[][] = [];
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++) {
      const index = y * mask.width + x;
      const startsTopEdge = mask.data[index] === 1 && (y === 0 || mask.data[index - mask.width] === 0);
      if (startsTopEdge && seen[index] === 0) rings.push(trace(mask, x, y, seen));
    }
  }
  return rings;
}

function trace(mask: Bitmap, startX: number, startY: number, seen: Uint8Array): Point[] {
  const ring: Point[] = [];
  let [x, y, direction] = [startX, startY, 0];
  let previous = -1;
  do {
    const [dx, dy] = STEPS[direction]!;
    if (direction === 0) seen[y * mask.width + x] = 1;
    const middle: Point = [mask.x + x + dx / 2, mask.y + y + dy / 2];
    // Middles on one straight line are one edge: keep its two ends.
    if (direction === previous && ring.length > 1 && straight(ring, middle)) ring[ring.length - 1] = middle;
    else ring.push(middle);
    previous = direction;
    x += dx;
    y += dy;
    direction = turn(mask, x, y, direction);
  } while (x !== startX || y !== startY || direction !== 0);
  return ring;
}

function straight(ring: readonly Point[], next: Point): boolean {
  const [ax, ay] = ring[ring.length - 2]!;
  const [bx, by] = ring[ring.length - 1]!;
  return (bx - ax) * (next[1] - by) === (by - ay) * (next[0] - bx);
}

/** At a corner: the next direction, keeping the set pixel on the right. */
function turn(mask: Bitmap, x: number, y: number, direction: number): number {
  const [aheadLeft, aheadRight] = ahead(mask, x, y, direction);
  if (!aheadRight) return (direction + 1) % 4;
  return aheadLeft ? (direction + 3) % 4 : direction;
}

function ahead(mask: Bitmap, x: number, y: number, direction: number): [boolean, boolean] {
  if (direction === 0) return [bit(mask, x, y - 1), bit(mask, x, y)];
  if (direction === 1) return [bit(mask, x, y), bit(mask, x - 1, y)];
  if (direction === 2) return [bit(mask, x - 1, y), bit(mask, x - 1, y - 1)];
  return [bit(mask, x - 1, y - 1), bit(mask, x, y - 1)];
}

function bit(mask: Bitmap, x: number, y: number): boolean {
  return x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask.data[y * mask.width + x] === 1;
}

/** A ring with the points left out that lie within `distance` of the last one kept; a tiny ring stays as it is. */
export function thinned(ring: readonly Point[], distance: number): readonly Point[] {
  if (distance <= 0) return ring;
  const kept: Point[] = [];
  for (const point of ring) {
    const last = kept[kept.length - 1];
    if (last === undefined || Math.hypot(point[0] - last[0], point[1] - last[1]) >= distance) kept.push(point);
  }
  return kept.length < 3 ? ring : kept;
}

/** Even-odd test of a point against rings of x, y, x, y, ... */
export function inRings([px, py]: Point, rings: readonly (readonly number[])[]): boolean {
  let within = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [xi, yi, xj, yj] = [ring[i]!, ring[i + 1]!, ring[j]!, ring[j + 1]!];
      if (yi > py !== yj > py && px < ((xj - xi) * (py - yi)) / (yj - yi) + xi) within = !within;
    }
  }
  return within;
}
