/** A binary mask: a crop of the image with its place in it. Row-major, 0 or 1; pixel i covers [i, i + 1). */

import type { Box, Point } from "../api/types";

export class Bitmap {
  constructor(
    readonly x: number,
    readonly y: number,
    readonly width: number,
    readonly height: number,
    readonly data: Uint8Array = new Uint8Array(width * height),
  ) {}

  static empty(): Bitmap {
    return new Bitmap(0, 0, 0, 0);
  }

  get box(): Box {
    return [this.x, this.y, this.x + this.width, this.y + this.height];
  }

  at(x: number, y: number): boolean {
    const column = Math.floor(x) - this.x;
    const row = Math.floor(y) - this.y;
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return false;
    return this.data[row * this.width + column] === 1;
  }

  copy(): Bitmap {
    return new Bitmap(this.x, this.y, this.width, this.height, this.data.slice());
  }

  /** The same mask on the crop `box` (integers); what lies outside it is lost. */
  cropped([x0, y0, x1, y1]: Box): Bitmap {
    const out = new Bitmap(x0, y0, Math.max(0, x1 - x0), Math.max(0, y1 - y0));
    const left = Math.max(x0, this.x);
    const right = Math.min(x1, this.x + this.width);
    if (right <= left) return out;
    for (let y = Math.max(y0, this.y); y < Math.min(y1, this.y + this.height); y++) {
      const from = (y - this.y) * this.width - this.x;
      out.data.set(this.data.subarray(from + left, from + right), (y - y0) * out.width + left - x0);
    }
    return out;
  }

  /** A copy whose crop covers `box` too. */
  grown(box: Box): Bitmap {
    if (this.width === 0) return new Bitmap(box[0], box[1], box[2] - box[0], box[3] - box[1]);
    const [x0, y0, x1, y1] = this.box;
    return this.cropped([Math.min(x0, box[0]), Math.min(y0, box[1]), Math.max(x1, box[2]), Math.max(y1, box[3])]);
  }

  /** The tight box of what is set, or null. */
  tightBox(): Box | null {
    let [x0, y0, x1, y1] = [this.width, this.height, -1, -1];
    for (let y = 0; y < this.height; y++) {
      const row = this.data.subarray(y * this.width, (y + 1) * this.width);
      const first = row.indexOf(1);
      if (first < 0) continue;
      x0 = Math.min(x0, first);
      x1 = Math.max(x1, row.lastIndexOf(1));
      y0 = Math.min(y0, y);
      y1 = y;
    }
    return x1 < 0 ? null : [x0 + this.x, y0 + this.y, x1 + this.x + 1, y1 + this.y + 1];
  }

  area(): number {
    let sum = 0;
    for (const value of this.data) sum += value;
    return sum;
  }

  /** Whether a stroke of `radius` along the segment a-b would cover a pixel that is set, or one beside it. */
  touches(a: Point, b: Point, radius: number): boolean {
    const reach = radius + 1;
    const [left, top] = [Math.min(a[0], b[0]) - reach, Math.min(a[1], b[1]) - reach];
    const [right, bottom] = [Math.max(a[0], b[0]) + reach, Math.max(a[1], b[1]) + reach];
    const near = this.cropped([Math.floor(left), Math.floor(top), Math.ceil(right), Math.ceil(bottom)]);
    const before = near.area();
    near.stroke(a, b, reach, 0);
    return near.area() < before;
  }

  /** Sets every pixel whose centre is within `radius` of the segment a-b; returns the box it touched. */
  stroke(a: Point, b: Point, radius: number, value: 0 | 1): Box {
    const [x0, y0, x1, y1] = this.box;
    const [left, top] = [Math.min(a[0], b[0]) - radius, Math.min(a[1], b[1]) - radius];
    const [right, bottom] = [Math.max(a[0], b[0]) + radius, Math.max(a[1], b[1]) + radius];
    const touched: Box = [
      Math.max(x0, Math.floor(left)),
      Math.max(y0, Math.floor(top)),
      Math.min(x1, Math.ceil(right)),
      Math.min(y1, Math.ceil(bottom)),
    ];
    for (let y = touched[1]; y < touched[3]; y++) {
      for (let x = touched[0]; x < touched[2]; x++) {
        if (nearSegment(x + 0.5, y + 0.5, a, b, radius)) this.data[(y - this.y) * this.width + x - this.x] = value;
      }
    }
    return touched;
  }
}

function nearSegment(x: number, y: number, a: Point, b: Point, radius: number): boolean {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / length));
  const [ex, ey] = [x - a[0] - along * dx, y - a[1] - along * dy];
  return ex * ex + ey * ey <= radius * radius;
}

/** The background around `at` filled, if the mask encloses it; null where it is open or already set. */
export function fillRegion(mask: Bitmap, at: Point): Bitmap | null {
  const start = [Math.floor(at[0]) - mask.x, Math.floor(at[1]) - mask.y] as const;
  if (start[0] < 0 || start[1] < 0 || start[0] >= mask.width || start[1] >= mask.height) return null;
  const out = mask.copy();
  const stack = [start[1] * mask.width + start[0]];
  if (out.data[stack[0]!] === 1) return null;
  let index: number | undefined;
  while ((index = stack.pop()) !== undefined) {
    if (out.data[index] === 1) continue;
    const x = index % mask.width;
    const y = (index - x) / mask.width;
    if (x === 0 || y === 0 || x === mask.width - 1 || y === mask.height - 1) return null;
    out.data[index] = 1;
    stack.push(index - 1, index + 1, index - mask.width, index + mask.width);
  }
  return out;
}
