/** Segment: a box or a click starts an object, clicks correct it. */

import type { Tool } from "../shared/tool";
import { SegmentSession } from "./session";

export const segment: Tool = {
  id: "segment",
  label: "Segment",
  about: "Drag a box around an object or click on it, then click on mistakes",
  icon: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4M10 7v6M7 10h6",
  keyLabel: "Segment: box and clicks",
  keys: ["S"],
  whenEmpty: "Drag a box around an object.",
  method: "segment",
  start: (desk) => new SegmentSession(desk),
};
