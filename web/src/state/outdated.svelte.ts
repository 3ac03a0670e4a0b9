/** Edits that were refused because somebody else had changed the object: the person chooses between the two. */

import type { Annotation, EditKind, Shape } from "../api/types";

export interface OutdatedEdit {
  kind: EditKind;
  /** As this page wanted it. */
  mine: Annotation;
}

export class Outdated {
  /** One an object, in the order in which they were refused. */
  edits = $state.raw<readonly OutdatedEdit[]>([]);

  add(kind: EditKind, annotations: readonly Annotation[]): void {
    const ids = new Set(annotations.map(({ id }) => id));
    const others = this.edits.filter(({ mine }) => !ids.has(mine.id));
    this.edits = [...others, ...annotations.map((mine) => ({ kind, mine }))];
  }

  /** The shapes that were wanted in an image, to be drawn beside the present ones. */
  shapesIn(imageId: number | null): Shape[] {
    const here = this.edits.filter(({ mine }) => mine.image_id === imageId);
    return here.flatMap(({ mine }) => (mine.shape === null || mine.state === "deleted" ? [] : [mine.shape]));
  }

  /** Hands the edits over and forgets them. */
  takeAll(): readonly OutdatedEdit[] {
    const { edits } = this;
    this.edits = [];
    return edits;
  }
}
