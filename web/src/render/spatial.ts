/** Which annotations lie in a box: a packed tree, built again when the list changes. */

import Flatbush from "flatbush";
import type { Annotation, Box, Point } from "../api/types";
import { distance } from "./coordinates";
import { boundsOf, boxArea, contains } from "./shapes";

export class SpatialIndex {
  private readonly shaped: Annotation[];
  private readonly tree: Flatbush | null;

  constructor(annotations: readonly Annotation[]) {
    this.shaped = annotations.filter((annotation) => annotation.shape !== null);
    this.tree = this.shaped.length === 0 ? null : new Flatbush(this.shaped.length);
    for (const { shape } of this.shaped) this.tree?.add(...boundsOf(shape!));
    this.tree?.finish();
  }

  /** In creation order, so that what came later lies above. */
  within([x0, y0, x1, y1]: Box): Annotation[] {
    const found = this.tree?.search(x0, y0, x1, y1) ?? [];
    return found.sort((a, b) => a - b).map((i) => this.shaped[i]!);
  }

  /** Everything at a place, smallest first: small things lie on large ones. Points within `reach` come first, the nearest before all. */
  at([x, y]: Point, reach = 0): Annotation[] {
    const size = ({ shape }: Annotation) => boxArea(boundsOf(shape!));
    const away = ({ shape }: Annotation) => (shape!.type === "point" ? distance([x, y], [shape!.x, shape!.y]) : Infinity);
    const isHit = (each: Annotation) => (each.shape!.type === "point" ? away(each) <= reach : contains(each.shape!, [x, y]));
    return this.within([x - reach, y - reach, x + reach, y + reach])
      .filter(isHit)
      .sort((a, b) => size(a) - size(b) || away(a) - away(b) || 0);
  }
}
