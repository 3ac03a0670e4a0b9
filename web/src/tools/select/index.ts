/** Select: pick an object, move it, or drag its handles. */

import type { Tool } from "../shared/tool";
import { SelectSession } from "./session";

export const select: Tool = {
  id: "select",
  label: "Select",
  about: "Pick, move, resize or delete an object",
  icon: "M5 3l10 6.2-4.6.9L8.2 15z",
  keyLabel: "Select and edit",
  keys: ["V"],
  hasHandles: true,
  start: (desk) => new SelectSession(desk),
};
