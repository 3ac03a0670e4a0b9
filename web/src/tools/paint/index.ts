/** Brush and eraser: free painting on the selected object's mask, or on a new one. */

import type { Tool } from "../shared/tool";
import { PaintSession } from "./session";

export const brush: Tool = {
  id: "brush",
  label: "Brush",
  about: "Extend the selected object, or paint a new one",
  icon: "M16.5 3.5l-7 7M9.5 10.5c-2.4 0-2.6 2.2-3.2 3.6-.5 1-1.6 1.7-2.8 1.9 1 .9 6.9 1.7 7.6-2.2.2-1.6-.6-2.7-1.6-3.3z",
  keyLabel: "Brush",
  keys: ["B"],
  hasBrush: true,
  start: (desk) => new PaintSession(desk, false),
};

export const eraser: Tool = {
  id: "eraser",
  label: "Eraser",
  about: "Erase from the selected object",
  icon: "M8 16.5h9M11.8 3.8l4.4 4.4-8 8H5.6L3.4 14a1.4 1.4 0 010-2zM7.2 8.2l4.6 4.6",
  keyLabel: "Eraser",
  keys: ["E"],
  hasBrush: true,
  start: (desk) => new PaintSession(desk, true),
};
