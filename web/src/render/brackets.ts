/** A proposed box by its corners: told from an accepted one at every size, and drawn faster than a dashed line. */

import type { BoxShape, OrientedBoxShape } from "../api/types";
import { cornersOf } from "./shapes";

const PART = 0.3;
/** Screen pixels of an arm at most. */
const LONGEST = 12;

/** Adds the corners of a box to a path; `scale`: screen pixels for one image pixel. */
export function addBrackets(path: Path2D, shape: BoxShape | OrientedBoxShape, scale: number): void {
  const at = shape.type === "box" ? ringOf(shape) : cornersOf(shape);
  for (let i = 0; i < 8; i += 2) {
    const [before, after] = [(i + 6) % 8, (i + 2) % 8];
    const [x, y] = [at[i]!, at[i + 1]!];
    toward(path, "moveTo", x, y, at[before]!, at[before + 1]!, scale);
    path.lineTo(x, y);
    toward(path, "lineTo", x, y, at[after]!, at[after + 1]!, scale);
  }
}

function toward(path: Path2D, step: "moveTo" | "lineTo", x: number, y: number, toX: number, toY: number, scale: number): void {
  const length = Math.hypot(toX - x, toY - y);
  const part = length === 0 ? 0 : Math.min(PART, LONGEST / scale / length);
  path[step](x + (toX - x) * part, y + (toY - y) * part);
}

function ringOf({ xyxy: [x0, y0, x1, y1] }: BoxShape): number[] {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}
