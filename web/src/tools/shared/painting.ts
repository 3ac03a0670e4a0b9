/** Masks changed by hand. */

import type { Annotation } from "../../api/types";
import type { Bitmap } from "../../render/bitmap";
import { encodeMask } from "../../render/rle";
import { rememberBitmap } from "../../render/shapes";
import type { Desk } from "./desk";

/** The object that painting changes: the selected one, if it has an outline to paint on. */
export function paintable(desk: Desk): Annotation | null {
  const { selected } = desk;
  return selected !== null && isPaintable(selected) ? selected : null;
}

/** Whether an object covers pixels that painting can change. */
export function isPaintable({ shape }: Annotation): boolean {
  return shape !== null && shape.type !== "box" && shape.type !== "point";
}

/** Stores what was painted; an emptied object is deleted. */
export function storePainted(desk: Desk, target: Annotation | null, bitmap: Bitmap): string | null {
  const shape = encodeMask(bitmap, ...desk.imageSize);
  if (shape === null) {
    if (target !== null) desk.edit("delete", target.id, { state: "deleted" });
    return null;
  }
  rememberBitmap(shape, bitmap.cropped(shape.xyxy));
  if (target === null) return desk.edit("paint", null, { state: "accepted", shape });
  return desk.edit("paint", target.id, { shape });
}
