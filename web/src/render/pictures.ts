/** What is drawn of a shape: its outline as a path, and a mask's fill as a small canvas in its class's colour. */

import type { Shape } from "../api/types";
import type { Bitmap } from "./bitmap";
import { contours } from "./contours";
import { bitmapOf } from "./shapes";

/** Beyond this many pixels a fill is kept at a lower resolution; the outline stays exact. */
const LARGEST_FILL = 4_000_000;
const BUDGET = 96_000_000;

export interface Tinted {
  canvas: HTMLCanvasElement;
  color: string;
}

export function parseColor(color: string): [number, number, number] {
  const value = /^#[0-9a-f]{6}$/i.test(color) ? parseInt(color.slice(1), 16) : 0x56b4e9;
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export class Pictures {
  private readonly outlines = new WeakMap<Shape, Path2D>();
  /** Oldest use first. */
  private readonly fills = new Map<Shape, Tinted>();
  private pixels = 0;

  outline(shape: Shape): Path2D {
    let path = this.outlines.get(shape);
    if (path === undefined) {
      path = outlinePath(shape);
      this.outlines.set(shape, path);
    }
    return path;
  }

  /** The fill of a mask, to be drawn over its crop. */
  fill(shape: Shape, color: string): HTMLCanvasElement {
    const kept = this.fills.get(shape);
    if (kept?.color === color) {
      this.fills.delete(shape);
      this.fills.set(shape, kept);
      return kept.canvas;
    }
    if (kept !== undefined) this.forget(shape, kept);
    const canvas = tint(bitmapOf(shape), color);
    this.fills.set(shape, { canvas, color });
    this.pixels += canvas.width * canvas.height;
    this.makeRoom();
    return canvas;
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

function outlinePath(shape: Shape): Path2D {
  const path = new Path2D();
  if (shape.type === "box") {
    const [x0, y0, x1, y1] = shape.xyxy;
    path.rect(x0, y0, x1 - x0, y1 - y0);
    return path;
  }
  const rings = shape.type === "mask" ? contours(bitmapOf(shape)).map((ring) => ring.flat()) : shape.rings;
  for (const ring of rings) addRing(path, ring);
  return path;
}

function addRing(path: Path2D, ring: readonly number[]): void {
  for (let i = 0; i < ring.length; i += 2) {
    if (i === 0) path.moveTo(ring[0]!, ring[1]!);
    else path.lineTo(ring[i]!, ring[i + 1]!);
  }
  path.closePath();
}

export function bitmapPath(bitmap: Bitmap): Path2D {
  const path = new Path2D();
  for (const ring of contours(bitmap)) addRing(path, ring.flat());
  return path;
}

/** The set pixels in one colour, fully opaque; the overlay chooses the strength. */
export function tint(bitmap: Bitmap, color: string): HTMLCanvasElement {
  const step = Math.max(1, Math.ceil(Math.sqrt((bitmap.width * bitmap.height) / LARGEST_FILL)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.ceil(bitmap.width / step));
  canvas.height = Math.max(1, Math.ceil(bitmap.height / step));
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  const words = new Uint32Array(image.data.buffer);
  const [r, g, b] = parseColor(color);
  const word = (255 << 24) | (b << 16) | (g << 8) | r;
  for (let y = 0; y * step < bitmap.height; y++) {
    const from = y * step * bitmap.width;
    for (let x = 0; x * step < bitmap.width; x++) {
      if (bitmap.data[from + x * step] === 1) words[y * canvas.width + x] = word;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
