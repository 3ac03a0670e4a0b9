/** Polygon: corners by hand, without a model. */

import type { Tool } from "../shared/tool";
import { PolygonSession } from "./session";

export const polygon: Tool = {
  id: "polygon",
  label: "Polygon",
  about: "Click the corners of an outline",
  icon: "M10 3l7 5-3 8.5H6L3 8z",
  keyLabel: "Polygon",
  keys: ["P"],
  makesOnly: true,
  start: (desk) => new PolygonSession(desk),
};
