/** Every tool, in the order of the tool bar. The bar, the keys and the help are made from this list. */

import type { MethodInfo } from "../api/types";
import { box } from "./box";
import { detect } from "./detect";
import { extremePoints } from "./extreme-points";
import { fill } from "./fill";
import { brush, eraser } from "./paint";
import { point } from "./point";
import { polygon } from "./polygon";
import { isPrompted, promptTool } from "./prompt";
import { regions } from "./regions";
import { segment } from "./segment";
import { select } from "./select";
import type { Tool } from "./shared/tool";

export const TOOLS: readonly Tool[] = [select, segment, regions, detect, extremePoints, point, box, polygon, brush, eraser, fill];

/** The tools for these models: those with a folder of their own here, and the prompt tool for every other model. */
export function toolsFor(methods: readonly MethodInfo[]): readonly Tool[] {
  const names = methods.map(({ name }) => name);
  const own = TOOLS.filter(({ method }) => method === undefined || names.includes(method));
  const others = methods.filter(isPrompted).filter(({ name }) => !TOOLS.some(({ method }) => method === name));
  const byHand = own.findIndex((tool) => tool === point);
  return [...own.slice(0, byHand), ...others.map(promptTool), ...own.slice(byHand)];
}

export function toolById(id: string): Tool {
  return TOOLS.find((tool) => tool.id === id) ?? segment;
}
