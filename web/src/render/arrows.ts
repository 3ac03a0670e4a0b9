/** Suggested moves of points, drawn as arrows from the old place to the new one. */

import Flatbush from "flatbush";
import type { Annotation, Box, Point } from "../api/types";
import { distance } from "./coordinates";

/** From a place to another one. */
export interface Way {
  from: Point;
  to: Point;
}

export interface Arrow extends Way {
  /** The point as it is now, where the arrow begins. */
  annotation: Annotation;
}

/** Screen pixels. */
const HEAD = 8;
const HEAD_ANGLE = 0.5;
/** Of an arrow too short for a whole head. */
const HEAD_SHARE = 0.7;

export class ArrowIndex {
  private readonly tree: Flatbush | null;
  private readonly moving: ReadonlySet<string>;

  constructor(private readonly arrows: readonly Arrow[]) {
    this.moving = new Set(arrows.map(({ annotation }) => annotation.id));
    this.tree = arrows.length === 0 ? null : new Flatbush(arrows.length);
    for (const { from, to } of arrows) {
      this.tree?.add(Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1]));
    }
    this.tree?.finish();
  }

  /** Whether an arrow begins at this point. */
  movesPoint(id: string): boolean {
    return this.moving.has(id);
  }

  within([x0, y0, x1, y1]: Box): Arrow[] {
    return (this.tree?.search(x0, y0, x1, y1) ?? []).map((i) => this.arrows[i]!);
  }

  /** The nearest arrow within `reach` of a place. */
  at([x, y]: Point, reach: number): Arrow | null {
    const near = this.within([x - reach, y - reach, x + reach, y + reach]);
    const away = (arrow: Arrow) => distanceTo(arrow, [x, y]);
    return near.filter((arrow) => away(arrow) <= reach).sort((a, b) => away(a) - away(b))[0] ?? null;
  }
}

/** From the line of an arrow to a place. */
function distanceTo({ from, to }: Arrow, at: Point): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : ((at[0] - from[0]) * dx + (at[1] - from[1]) * dy) / squared;
  const share = Math.min(1, Math.max(0, along));
  return distance(at, [from[0] + share * dx, from[1] + share * dy]);
}

/** Adds an arrow to a path; `scale`: screen pixels for one image pixel. */
export function addArrow(path: Path2D, { from, to }: Way, scale: number): void {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const head = Math.min(HEAD / scale, distance(from, to) * HEAD_SHARE);
  path.moveTo(...from);
  path.lineTo(...to);
  for (const side of [-HEAD_ANGLE, HEAD_ANGLE]) {
    path.moveTo(...to);
    path.lineTo(to[0] - head * Math.cos(angle + side), to[1] - head * Math.sin(angle + side));
  }
}
