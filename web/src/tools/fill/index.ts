/** Fill: an area that the selected object's mask encloses becomes part of it. */

import type { Tool } from "../shared/tool";
import { FillSession } from "./session";

export const fill: Tool = {
  id: "fill",
  label: "Fill",
  about: "Fill an enclosed area of the selected object",
  icon: "M8.5 3l7 7-5.6 5.6a1.6 1.6 0 01-2.2 0L3.9 11.8a1.6 1.6 0 010-2.2L9.4 4M4 11h10M17 13.4c-.8 1.2-1.2 1.8-1.2 2.3a1.2 1.2 0 002.4 0c0-.5-.4-1.1-1.2-2.3z",
  keyLabel: "Fill an enclosed area",
  keys: ["F"],
  start: (desk) => new FillSession(desk),
};
