/** Detect: clicks on a few objects, or boxes around them, each with its class, propose boxes around all objects. */

import type { Tool } from "../shared/tool";
import DetectPanel from "./DetectPanel.svelte";
import { DetectSession } from "./session";

export const detect: Tool = {
  id: "detect",
  label: "Detect",
  about: "Click a few objects of each class, or drag a box around one; the model finds the others",
  icon: "M3 4h5v5H3zM12 3h5v5h-5zM4 12.500h4.500V17H4zM12.500 12h4v4.500h-4z",
  keyLabel: "Detect: all objects of a class",
  keys: ["C"],
  actions: [
    { id: "accept-class", label: "Accept all boxes of the class", keys: ["Shift+C"], run: (desk) => desk.detection.acceptClass() },
    { id: "find", label: "Find objects without clicking", keys: ["G"], run: (desk) => desk.detection.find() },
  ],
  whenEmpty: "Click an object, or accept suggested boxes.",
  method: "detect",
  makesOnly: true,
  shows: "proposals",
  panel: DetectPanel,
  start: (desk) => new DetectSession(desk, "detect", true),
};
