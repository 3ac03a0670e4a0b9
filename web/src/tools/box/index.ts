/** Box: drawn by hand, without a model. */

import type { Tool } from "../shared/tool";
import { BoxSession } from "./session";

export const box: Tool = {
  id: "box",
  label: "Box",
  about: "Draw a box by hand",
  icon: "M4 5h12v10H4z",
  keyLabel: "Box by hand",
  keys: ["R"],
  whenEmpty: "Drag a box around an object.",
  makesOnly: true,
  start: (desk) => new BoxSession(desk),
};
