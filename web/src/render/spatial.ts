/** Which annotations lie in a box: a packed tree, built again when the list changes. */

import Flatbush from "flatbush";
import type { Annotation, Box, Point } from "../api/types";
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

  /** Everything under a point, smallest first: small things lie on large ones. */
  at([x, y]: Point): Annotation[] {
    const size = ({ shape }: Annotation) => boxArea(boundsOf(shape!));
    return this.within([x, y, x, y])
      .filter(({ shape }) => contains(shape!, [x, y]))
      .sort((a, b) => size(a) - size(b));
  }
}
