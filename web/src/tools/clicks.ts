/** Corrective clicks on the selected object, shared by the tools that ask a model. */

import type { ClickPrompt } from "../api/types";
import type { Pointer } from "./tool";

export function clickPrompt(pointer: Pointer): ClickPrompt {
  const [x, y] = pointer.image;
  return { type: "click", x, y, adds: pointer.button === "left" && !pointer.ctrl };
}

export const CORRECT_HINT = "Click what is missing · right click what is too much · Enter accepts · Esc leaves it";
export const REOPEN_HINT = "Click what is missing · right click what is too much · Enter goes on";
export const WAIT_HINT = "The answer is on its way · go on clicking if you like";
