/** What is drawn of a shape: its outline as a path, and a mask's fill as a small canvas in its class's colour. */

import type { Box, Point, Shape } from "../api/types";
import type { Bitmap } from "./bitmap";
import { contours, thinned } from "./contours";
import { Marks } from "./marks";
import type { RegionMap } from "./region-map";
import { bitmapOf, cornersOf } from "./shapes";

/** Beyond this many pixels a fill is kept at a lower resolution; the outline stays exact. */
const LARGEST_FILL = 4_000_000;
/** Masks with more pixels show no outline while they are painted. */
const LARGEST_TRACED = 1_500_000;
/** Screen pixels from one line of the hatching to the next. */
const HATCH = 10;
const BUDGET = 96_000_000;

interface Tinted {
  canvas: HTMLCanvasElement;
  color: string;
  level: number;
}

/** How coarse a picture may be at this zoom: at level n, 2^n image pixels are one pixel of the screen or less. */
export function levelAt(scale: number): number {
  return Math.max(0, Math.floor(Math.log2(1 / scale)));
}

export function parseColor(color: string): [number, number, number] {
  const value = /^#[0-9a-f]{6}$/i.test(color) ? parseInt(color.slice(1), 16) : 0x56b4e9;
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export class Pictures {
  readonly marks = new Marks();
  private readonly outlines = new WeakMap<Shape, Map<number, Path2D>>();
  private readonly freePaths = new WeakMap<RegionMap, Path2D>();
  private hatching: CanvasPattern | null = null;
  private readonly rings = new WeakMap<Shape, Point[][]>();
  /** Oldest use first. */
  private readonly fills = new Map<Shape, Tinted>();
  private pixels = 0;

  outline(shape: Shape, level: number): Path2D {
    const detail = shape.type === "mask" ? level : 0;
    let paths = this.outlines.get(shape);
    if (paths === undefined) this.outlines.set(shape, (paths = new Map()));
    let path = paths.get(detail);
    if (path === undefined) paths.set(detail, (path = this.trace(shape, detail)));
    return path;
  }

  /** The fill of a mask, to be drawn over its crop. */
  fill(shape: Shape, color: string, level: number): HTMLCanvasElement {
    const kept = this.fills.get(shape);
    if (kept?.color === color && kept.level === level) {
      this.fills.delete(shape);
      this.fills.set(shape, kept);
      return kept.canvas;
    }
    if (kept !== undefined) this.forget(shape, kept);
    const canvas = tint(bitmapOf(shape), color, 2 ** level);
    this.fills.set(shape, { canvas, color, level });
    this.pixels += canvas.width * canvas.height;
    this.makeRoom();
    return canvas;
  }

  /** Around the cells of no region, in cells. */
  free(map: RegionMap): Path2D {
    let path = this.freePaths.get(map);
    if (path === undefined) {
      path = ringsPath(contours(map.free).map((ring) => ring.flat()));
      this.freePaths.set(map, path);
    }
    return path;
  }

  /** Slanted lines that keep their width on the screen; `pixel` is the size of a screen pixel. */
  hatch(context: CanvasRenderingContext2D, pixel: number): CanvasPattern {
    this.hatching ??= context.createPattern(hatchTile(), "repeat")!;
    this.hatching.setTransform(new DOMMatrix().scale(pixel));
    return this.hatching;
  }

  private trace(shape: Shape, level: number): Path2D {
    if (shape.type !== "mask") return outlinePath(shape);
    let rings = this.rings.get(shape);
    if (rings === undefined) this.rings.set(shape, (rings = contours(bitmapOf(shape))));
    const distance = level === 0 ? 0 : 2 ** level * 0.75;
    return ringsPath(rings.map((ring) => thinned(ring, distance).flat()));
  }

  private makeRoom(): void {
    for (const [shape, kept] of this.fills) {
      if (this.pixels <= BUDGET || this.fills.size <= 1) return;
      this.forget(shape, kept);
    }
  }

  private forget(shape: Shape, { canvas }: Tinted): void {
    this.fills.delete(shape);
    this.pixels -= canvas.width * canvas.height;
  }
}

/** A mask while it is painted: only what a stroke has reached is coloured again. */
export class DraftPicture {
  private bitmap: Bitmap | null = null;
  private color = "";
  private canvas: HTMLCanvasElement | null = null;

  fill(bitmap: Bitmap, color: string, touched: Box | null): HTMLCanvasElement {
    if (this.canvas === null || bitmap !== this.bitmap || color !== this.color) {
      this.canvas = tint(bitmap, color);
      [this.bitmap, this.color] = [bitmap, color];
    } else if (touched !== null && touched[2] > touched[0] && touched[3] > touched[1]) {
      const step = stepOf(bitmap);
      const [left, top] = [Math.floor((touched[0] - bitmap.x) / step), Math.floor((touched[1] - bitmap.y) / step)];
      const part = bitmap.cropped([bitmap.x + left * step, bitmap.y + top * step, touched[2], touched[3]]);
      drawTint(this.canvas, part, color, left, top, step);
    }
    return this.canvas;
  }

  /** The outline, or null where tracing it at every move would hold up the brush. */
  outline(bitmap: Bitmap): Path2D | null {
    return bitmap.width * bitmap.height > LARGEST_TRACED ? null : ringsPath(contours(bitmap).map((ring) => ring.flat()));
  }
}

function hatchTile(): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = HATCH;
  const context = canvas.getContext("2d")!;
  context.fillStyle = "rgba(0, 0, 0, 0.42)";
  context.fillRect(0, 0, HATCH, HATCH);
  context.strokeStyle = "rgba(255, 255, 255, 0.38)";
  context.lineWidth = 1.5;
  for (const shift of [-HATCH, 0, HATCH]) {
    context.moveTo(shift - 1, HATCH + 1);
    context.lineTo(shift + HATCH + 1, -1);
  }
  context.stroke();
  return canvas;
}

/** Of a box, upright or oriented, or polygons; masks and points have none. */
export function outlinePath(shape: Shape): Path2D {
  if (shape.type === "polygons") return ringsPath(shape.rings);
  if (shape.type === "oriented_box") return ringsPath([cornersOf(shape)]);
  const path = new Path2D();
  if (shape.type === "mask" || shape.type === "point") return path;
  const [x0, y0, x1, y1] = shape.xyxy;
  path.rect(x0, y0, x1 - x0, y1 - y0);
  return path;
}

function ringsPath(rings: readonly (readonly number[])[]): Path2D {
  const path = new Path2D();
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      if (i === 0) path.moveTo(ring[0]!, ring[1]!);
      else path.lineTo(ring[i]!, ring[i + 1]!);
    }
    path.closePath();
  }
  return path;
}

/** How many image pixels make one pixel of a fill, at least. */
function stepOf({ width, height }: Bitmap): number {
  return Math.max(1, Math.ceil(Math.sqrt((width * height) / LARGEST_FILL)));
}

/** The set pixels in one colour, fully opaque; the overlay chooses the strength. */
function tint(bitmap: Bitmap, color: string, coarse = 1): HTMLCanvasElement {
  const step = Math.max(coarse, stepOf(bitmap));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.ceil(bitmap.width / step));
  canvas.height = Math.max(1, Math.ceil(bitmap.height / step));
  if (bitmap.width > 0 && bitmap.height > 0) drawTint(canvas, bitmap, color, 0, 0, step);
  return canvas;
}

/** Colours every `step`-th pixel of `bitmap` into the canvas, from (left, top) on. */
function drawTint(canvas: HTMLCanvasElement, bitmap: Bitmap, color: string, left: number, top: number, step = 1): void {
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(Math.ceil(bitmap.width / step), Math.ceil(bitmap.height / step));
  const words = new Uint32Array(image.data.buffer);
  const [r, g, b] = parseColor(color);
  const word = (255 << 24) | (b << 16) | (g << 8) | r;
  for (let y = 0; y < image.height; y++) {
    const from = y * step * bitmap.width;
    for (let x = 0; x < image.width; x++) {
      if (bitmap.data[from + x * step] === 1) words[y * image.width + x] = word;
    }
  }
  context.putImageData(image, left, top);
}
