/** Point: one click a place, without a model. */

import type { Tool } from "../shared/tool";
import { PointSession } from "./session";

export const point: Tool = {
  id: "point",
  label: "Point",
  about: "Click each object once to count it",
  icon: "M10 2.5v4M10 13.500v4M2.500 10h4M13.500 10h4M10 8.500a1.500 1.500 0 100 3 1.500 1.500 0 000-3z",
  keyLabel: "Point: count objects",
  keys: ["T"],
  gestures: [["Drag a point", "move it"]],
  whenEmpty: "Click an object to place a point.",
  start: (desk) => new PointSession(desk),
};
