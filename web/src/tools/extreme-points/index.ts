/** Extreme points: top, left, bottom and right of an object, in any order, give its mask. */

import type { Tool } from "../shared/tool";
import { ExtremePointsSession } from "./session";

export const extremePoints: Tool = {
  id: "extreme",
  label: "Extreme",
  about: "Click an object's top, left, bottom and right",
  icon: "M10 3.5v0M3.5 11v0M16.5 9v0M11 16.5v0M10 3.5L3.5 11 11 16.5 16.5 9z",
  keyLabel: "Extreme points",
  keys: ["Q"],
  start: (desk) => new ExtremePointsSession(desk),
};
