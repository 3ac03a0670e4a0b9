/** Every tool, in the order of the tool bar. The bar, the keys and the help are made from this list. */

import { box } from "./box";
import { detect } from "./detect";
import { extremePoints } from "./extreme-points";
import { fill } from "./fill";
import { brush, eraser } from "./paint";
import { polygon } from "./polygon";
import { regions } from "./regions";
import { segment } from "./segment";
import { select } from "./select";
import type { Tool } from "./shared/tool";

export const TOOLS: readonly Tool[] = [select, segment, regions, detect, extremePoints, box, polygon, brush, eraser, fill];

export function toolById(id: string): Tool {
  return TOOLS.find((tool) => tool.id === id) ?? segment;
}
