/** The prompt tool: for a model that brings no tool of its own, made from its task and the prompts that it takes. */

import type { MethodInfo } from "../api/types";
import { detect } from "./detect";
import { DetectSession } from "./detect/session";
import { regions } from "./regions";
import { segment } from "./segment";
import { SegmentSession } from "./segment/session";
import type { Tool } from "./shared/tool";

const ICON = "M4 4l12 5-5 2-2 5zM12 12l4 4";

type Prompted = MethodInfo & { task: "mask" | "partition" | "boxes" };

/** Whether the page has a tool for the task of this model. */
export function isPrompted(method: MethodInfo): method is Prompted {
  return method.task !== "points";
}

export function promptTool(method: Prompted): Tool {
  const { name, title, summary } = method;
  return {
    ...byTask(method),
    id: `prompt.${name}`,
    label: title,
    about: summary,
    icon: ICON,
    keyLabel: title,
    keys: [],
    method: name,
  };
}

/** What the tool does: as the tool of the same task, as far as the model takes the prompts. */
function byTask({ name, task, prompts }: Prompted): Tool {
  const { actions: _keys, ...tool } = { mask: segment, partition: regions, boxes: detect }[task];
  if (task === "mask") return { ...tool, start: (desk) => new SegmentSession(desk, prompts) };
  if (task === "boxes") return { ...tool, start: (desk) => new DetectSession(desk, name, prompts.includes("box")) };
  return tool;
}
