/** Masks taken apart along a line, and put together. */

import type { Point } from "../api/types";
import { Bitmap } from "./bitmap";

/** Wide enough that the parts on both sides meet nowhere, not even at corners. */
const CUT_RADIUS = 0.75;
const FREE = 0;
const CUT = -1;

/** Both masks as one. */
export function joined(a: Bitmap, b: Bitmap): Bitmap {
  const out = a.grown(b.box);
  for (let y = 0; y < b.height; y++) {
    const to = (b.y + y - out.y) * out.width + b.x - out.x;
    for (let x = 0; x < b.width; x++) if (b.data[y * b.width + x] === 1) out.data[to + x] = 1;
  }
  return out;
}

/**
 * What stays and what a line cuts off; null when it cuts nothing off. Of every piece that it goes through the largest
 * part stays; pieces that it does not touch stay too. The pixels under the line go to the part that is nearest.
 */
export function cut(mask: Bitmap, line: readonly Point[]): [stays: Bitmap, goes: Bitmap] | null {
  const sawn = mask.copy();
  line.forEach((point, i) => sawn.stroke(line[Math.max(0, i - 1)]!, point, CUT_RADIUS, 0));
  const pieces = label(mask.data, mask.width);
  const parts = label(sawn.data, mask.width);
  const largest = new Map<number, number>();
  parts.sizes.forEach((size, part) => {
    const piece = pieces.labels[parts.starts[part]!]!;
    if (part > FREE && size > (parts.sizes[largest.get(piece) ?? FREE] ?? 0)) largest.set(piece, part);
  });
  const stay = new Set(largest.values());
  if (stay.size === parts.sizes.length - 1) return null;
  for (let i = 0; i < mask.data.length; i++) if (mask.data[i] === 1 && sawn.data[i] === 0) parts.labels[i] = CUT;
  heal(parts.labels, mask.width);
  const [stays, goes] = [mask.copy(), mask.copy()];
  for (let i = 0; i < mask.data.length; i++) {
    const isStaying = stay.has(parts.labels[i]!);
    if (isStaying || parts.labels[i] === CUT) goes.data[i] = 0;
    else stays.data[i] = 0;
  }
  return [stays, goes];
}

/** Connected parts (over edges), numbered from 1; `starts` is a pixel of each. */
function label(data: Uint8Array, width: number): { labels: Int32Array; sizes: number[]; starts: number[] } {
  const labels = new Int32Array(data.length);
  const [sizes, starts] = [[0], [-1]];
  const stack: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] !== 1 || labels[start] !== FREE) continue;
    const part = sizes.length;
    let size = 0;
    labels[start] = part;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      size += 1;
      for (const next of beside(at, width, data.length)) {
        if (data[next] !== 1 || labels[next] !== FREE) continue;
        labels[next] = part;
        stack.push(next);
      }
    }
    sizes.push(size);
    starts.push(start);
  }
  return { labels, sizes, starts };
}

/** Gives every pixel under the line the number of a part next to it, from the edges of the line inwards. */
function heal(labels: Int32Array, width: number): void {
  let wounds: number[] = [];
  labels.forEach((value, i) => value === CUT && wounds.push(i));
  while (wounds.length > 0) {
    const found = wounds.map((at) => beside(at, width, labels.length).find((next) => labels[next]! > FREE));
    const left = wounds.filter((_, i) => found[i] === undefined);
    const numbers = found.map((next) => (next === undefined ? CUT : labels[next]!));
    wounds.forEach((at, i) => (labels[at] = numbers[i]!));
    if (left.length === wounds.length) return;
    wounds = left;
  }
}

function beside(at: number, width: number, length: number): number[] {
  const column = at % width;
  const found: number[] = [];
  if (column > 0) found.push(at - 1);
  if (column < width - 1) found.push(at + 1);
  if (at >= width) found.push(at - width);
  if (at + width < length) found.push(at + width);
  return found;
}
