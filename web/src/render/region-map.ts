/** Which region has which pixel: what is labelled, and who is whose neighbour. */

import type { Annotation, Point } from "../api/types";
import { Bitmap } from "./bitmap";
import { bitmapOf, boundsOf, boxArea } from "./shapes";

/** Larger images are looked at on a grid of this many cells. */
const MOST_CELLS = 600_000;
/** Cells that may lie between two regions that count as neighbours: a seam is no distance. */
const SEAM = 3;

/** Masks and polygons are regions; boxes and crowds are not. */
export function isRegion({ shape, crowd }: Annotation): boolean {
  return (shape?.type === "mask" || shape?.type === "polygons") && !crowd;
}

/** Whether an object can be accepted: it covers pixels, or it is a point. */
export const hasPixels = ({ shape }: Annotation): boolean => shape !== null && (shape.type === "point" || boxArea(boundsOf(shape)) > 0);

export class RegionMap {
  /** Image pixels from one cell to the next. */
  readonly step: number;
  /** The part of the cells that belongs to a region, 0..1. */
  readonly labelled: number;
  /** By region, those that it touches. */
  readonly neighbours: ReadonlyMap<string, ReadonlySet<string>>;
  /** The cells that belong to none. */
  readonly free: Bitmap;

  constructor(regions: readonly Annotation[], [width, height]: Point) {
    this.step = Math.max(1, Math.ceil(Math.sqrt((width * height) / MOST_CELLS)));
    const [columns, rows] = [Math.ceil(width / this.step), Math.ceil(height / this.step)];
    const cells = new Int32Array(columns * rows).fill(-1);
    const size = (region: Annotation) => boxArea(boundsOf(region.shape!));
    // Where shapes overlap, the smaller one is in front.
    const order = regions.map((_, i) => i).sort((a, b) => size(regions[b]!) - size(regions[a]!));
    for (const i of order) this.paste(cells, columns, rows, bitmapOf(regions[i]!.shape!), i);
    this.free = new Bitmap(0, 0, columns, rows);
    for (let i = 0; i < cells.length; i++) this.free.data[i] = cells[i] === -1 ? 1 : 0;
    this.labelled = cells.length === 0 ? 0 : 1 - this.free.area() / cells.length;
    this.neighbours = neighboursIn(cells, columns, rows, regions);
  }

  private paste(cells: Int32Array, columns: number, rows: number, bitmap: Bitmap, value: number): void {
    const { step } = this;
    const middle = step >> 1;
    const first = (from: number) => Math.max(0, Math.ceil((from - middle) / step));
    for (let row = first(bitmap.y); row < rows; row++) {
      const y = row * step + middle - bitmap.y;
      if (y >= bitmap.height) break;
      for (let column = first(bitmap.x); column < columns; column++) {
        const x = column * step + middle - bitmap.x;
        if (x >= bitmap.width) break;
        if (bitmap.data[y * bitmap.width + x] === 1) cells[row * columns + column] = value;
      }
    }
  }
}

function neighboursIn(
  cells: Int32Array,
  columns: number,
  rows: number,
  regions: readonly Annotation[],
): Map<string, Set<string>> {
  const count = regions.length;
  const touch = new Uint8Array(count * count);
  const scan = (start: number, stride: number, length: number) => {
    let [last, seen] = [-1, 0];
    for (let i = 0, at = start; i < length; i++, at += stride) {
      const value = cells[at]!;
      if (value === -1) continue;
      if (value !== last && last !== -1 && i - seen <= SEAM) touch[value * count + last] = touch[last * count + value] = 1;
      [last, seen] = [value, i];
    }
  };
  for (let row = 0; row < rows; row++) scan(row * columns, 1, columns);
  for (let column = 0; column < columns; column++) scan(column, columns, rows);
  return new Map(
    regions.map(({ id }, i) => [id, new Set(regions.filter((_, j) => touch[i * count + j] === 1).map((other) => other.id))]),
  );
}
