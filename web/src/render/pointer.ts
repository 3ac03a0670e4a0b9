/** Where a mouse, a finger or the keyboard cursor is. */

import type { Point } from "../api/types";

export interface Pointer {
  image: Point;
  screen: Point;
  button: "left" | "right";
  shift: boolean;
  ctrl: boolean;
}
