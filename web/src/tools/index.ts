/** Every tool, in the order of the toolbar. */

import { box } from "./box";
import { detect } from "./detect";
import { extreme } from "./extreme";
import { fill } from "./fill";
import { brush, eraser } from "./paint";
import { polygon } from "./polygon";
import { regions } from "./regions";
import { segment } from "./segment";
import { select } from "./select";
import type { Tool } from "./tool";

export const TOOLS: readonly Tool[] = [select, segment, regions, detect, extreme, box, polygon, brush, eraser, fill];

export function toolById(id: string): Tool {
  return TOOLS.find((tool) => tool.id === id) ?? segment;
}
