/** Corrective clicks on the selected object, shared by the tools that ask a model. */

import type { ClickPrompt } from "../../api/types";
import type { Pointer } from "../../render/pointer";
import type { Desk } from "./desk";
import { hintOf } from "./hints";
import type { Phase } from "./tool";

export function clickPrompt(pointer: Pointer): ClickPrompt {
  const [x, y] = pointer.image;
  return { type: "click", x, y, adds: pointer.button === "left" && !pointer.ctrl };
}

export const WAIT_HINT = "The model is working · you can continue";
const CLICKS = "Click to add an area · right-click to remove one";

/** What clicks would do to the selected object, and what else there is to do; `idle` when there is none. */
export function clickHint(desk: Desk, phase: Phase, idle: string, other = ""): string {
  switch (phase) {
    case "prompting":
      return WAIT_HINT;
    case "answered":
      return hintOf(desk, CLICKS, other, ["forward", "accepts"], ["back", desk.takesBackPrompts() ? "undoes" : "deselects"]);
    case "accepted":
      return hintOf(desk, CLICKS, ["forward", "deselects"]);
    case "idle":
      return idle;
  }
}
