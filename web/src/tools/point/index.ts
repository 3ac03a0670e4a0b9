/** Point: one click an object; models of points move the points and suggest more. */

import type { Tool } from "../shared/tool";
import PointPanel from "./PointPanel.svelte";
import { PointSession } from "./session";

export const point: Tool = {
  id: "point",
  label: "Point",
  about: "Click each object once to count it",
  icon: "M10 2.5v4M10 13.500v4M2.500 10h4M13.500 10h4M10 8.500a1.500 1.500 0 100 3 1.500 1.500 0 000-3z",
  keyLabel: "Point: count objects",
  keys: ["T"],
  actions: [
    { id: "points.1", label: "Run the first model of points", keys: ["I"], task: "points", run: (desk) => desk.points.ask(0) },
    { id: "points.2", label: "Run the second model of points", keys: ["W"], task: "points", run: (desk) => desk.points.ask(1) },
    { id: "points.accept", label: "Accept this move or point", keys: ["Y"], task: "points", run: (desk) => desk.points.takeOne("accept") },
    { id: "points.reject", label: "Reject this move or point", keys: ["Shift+Y"], task: "points", run: (desk) => desk.points.takeOne("delete") },
    { id: "points.outline", label: "Outline the object at this point", keys: ["O"], run: (desk) => desk.points.outline() },
    { id: "points.boxes", label: "Find boxes from this point", keys: ["L"], run: (desk) => desk.points.findBoxes() },
  ],
  gestures: [["Drag a point", "move it"]],
  whenEmpty: "Click an object to place a point.",
  shows: "points",
  panel: PointPanel,
  start: (desk) => new PointSession(desk),
};
