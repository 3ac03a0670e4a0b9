/** COCO's compressed run lengths: column-major, zeros first, each run as a difference to the one before last. */

import type { Box, MaskShape } from "../api/types";
import { Bitmap } from "./bitmap";

export function countsFromString(text: string): number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let shift = 0;
    let more = true;
    while (more) {
      const code = text.charCodeAt(at++) - 48;
      if (!(code >= 0 && code < 64)) throw new RangeError("broken run lengths");
      value += (code & 0x1f) * 2 ** shift;
      shift += 5;
      more = (code & 0x20) !== 0;
      if (!more && (code & 0x10) !== 0) value -= 2 ** shift;
    }
    if (counts.length > 2) value += counts[counts.length - 2]!;
    counts.push(value);
  }
  return counts;
}

export function stringFromCounts(counts: readonly number[]): string {
  let text = "";
  counts.forEach((count, i) => {
    let value = i > 2 ? count - counts[i - 2]! : count;
    let more = true;
    while (more) {
      let code = value & 0x1f;
      value >>= 5;
      more = (code & 0x10) !== 0 ? value !== -1 : value !== 0;
      if (more) code |= 0x20;
      text += String.fromCharCode(code + 48);
    }
  });
  return text;
}

/** The crop `xyxy` of the mask; only that crop is held in memory. */
export function decodeMask({ size, counts, xyxy }: MaskShape): Bitmap {
  const rows = size[0];
  const [x0, y0, x1, y1] = xyxy.map(Math.round) as Box;
  const out = new Bitmap(x0, y0, Math.max(0, x1 - x0), Math.max(0, y1 - y0));
  let position = 0;
  countsFromString(counts).forEach((count, i) => {
    if (i % 2 === 1) setRun(out, position, position + count, rows);
    position += count;
  });
  return out;
}

function setRun(out: Bitmap, from: number, to: number, rows: number): void {
  for (let at = from; at < to; ) {
    const column = Math.floor(at / rows);
    const end = Math.min(to, (column + 1) * rows);
    const x = column - out.x;
    if (x >= 0 && x < out.width) {
      const top = Math.max(at - column * rows - out.y, 0);
      const bottom = Math.min(end - column * rows - out.y, out.height);
      for (let y = top; y < bottom; y++) out.data[y * out.width + x] = 1;
    }
    at = end;
  }
}

/** The mask as it travels, or null when nothing is set; what lies outside the image is left out. */
export function encodeMask(mask: Bitmap, imageWidth: number, imageHeight: number): MaskShape | null {
  const tight = mask.cropped([0, 0, imageWidth, imageHeight].map(Math.round) as Box).tightBox();
  if (tight === null) return null;
  const [x0, y0, x1, y1] = tight;
  const counts: number[] = [];
  let value = 0;
  let run = x0 * imageHeight;
  for (let x = x0; x < x1; x++) {
    for (const [bit, length] of columnRuns(mask, x, y0, y1, imageHeight)) {
      if (bit !== value) {
        counts.push(run);
        run = 0;
        value = bit;
      }
      run += length;
    }
  }
  counts.push(run);
  const rest = (imageWidth - x1) * imageHeight;
  if (rest > 0 && value === 1) counts.push(rest);
  else counts[counts.length - 1]! += rest;
  return { type: "mask", size: [imageHeight, imageWidth], counts: stringFromCounts(counts), xyxy: tight };
}

function* columnRuns(mask: Bitmap, x: number, y0: number, y1: number, height: number): Generator<[number, number]> {
  if (y0 > 0) yield [0, y0];
  let from = y0;
  for (let y = y0 + 1; y <= y1; y++) {
    const bit = mask.data[(from - mask.y) * mask.width + x - mask.x]!;
    const next = y < y1 ? mask.data[(y - mask.y) * mask.width + x - mask.x] : -1;
    if (next === bit) continue;
    yield [bit, y - from];
    from = y;
  }
  if (y1 < height) yield [0, height - y1];
}
