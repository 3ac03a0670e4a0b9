/** Regions: extreme points begin a region, scribbles extend it; together they partition the image. */

import type { Tool } from "../shared/tool";
import { RegionsSession } from "./session";

export const regions: Tool = {
  id: "regions",
  label: "Regions",
  about: "Label every pixel: click the extreme points of each region, then draw scribbles to correct borders",
  icon: "M3 3.5h14v13H3zM3 12c3-1.5 5-1.5 7 .5s4 1.500 7-1M11 3.500c-1.500 3 .5 4.500 0 9.500",
  keyLabel: "Regions: the whole image",
  keys: ["X"],
  actions: [{ id: "merge", label: "Merge two regions", keys: ["M"], run: (desk) => desk.merge() }],
  gestures: [["Shift+drag, Shift+click", "split a region, select a second region"]],
  whenEmpty: "Click the top, left, bottom and right of a region.",
  method: "regions",
  shows: "partition",
  start: (desk) => new RegionsSession(desk),
};
