/** Corrective clicks on the selected object, shared by the tools that ask a model. */

import type { ClickPrompt } from "../api/types";
import { hintOf } from "./hints";
import type { Desk, Pointer } from "./tool";

export function clickPrompt(pointer: Pointer): ClickPrompt {
  const [x, y] = pointer.image;
  return { type: "click", x, y, adds: pointer.button === "left" && !pointer.ctrl };
}

const CLICKS = "Click what is missing · right click what is too much";
export const correctHint = (desk: Desk) => hintOf(desk, CLICKS, ["forward", "accepts"], ["back", "leaves it"]);
export const reopenHint = (desk: Desk) => hintOf(desk, CLICKS, ["forward", "goes on"]);
export const WAIT_HINT = "The answer is on its way · go on clicking if you like";
