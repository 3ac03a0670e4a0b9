/** What becomes of suggested points and suggested moves of points that a person accepts or deletes. */

import type { Annotation, Method, Move, PointShape, SuggestedPoint, SuggestedPoints, TakeKind } from "../api/types";
import { newAnnotation } from "./editing";

/** Suggestions of one model. */
export interface TakingPoints {
  id: string;
  imageId: number;
  kind: TakeKind;
  method: Method;
  moves: Move[];
  points: SuggestedPoint[];
}

/** Whether the point is still where a move of it begins. */
export function isCurrent({ from_xy: [x, y] }: Move, annotation: Annotation | undefined): boolean {
  const shape = annotation?.state === "accepted" ? annotation.shape : null;
  return shape?.type === "point" && shape.x === x && shape.y === y;
}

/** What the server makes of the suggestions, under the same ids. */
export function takenPoints(shown: ReadonlyMap<string, Annotation>, taking: TakingPoints): Annotation[] {
  const { id, imageId, kind, method, moves, points } = taking;
  const provenance = (score: number) => ({ person: "local", method, weights: "", round: 0, predicted_quality: score });
  const current = kind === "accept" ? moves.filter((move) => isCurrent(move, shown.get(move.annotation_id))) : [];
  const moved = current.map(({ annotation_id, to_xy, score }): Annotation => {
    return { ...shown.get(annotation_id)!, shape: pointAt(...to_xy), provenance: provenance(score) };
  });
  const made = points.map(({ x, y, class_id, score }, n): Annotation => ({
    ...newAnnotation(`${id}-${n}`, imageId, class_id),
    state: kind === "accept" ? "accepted" : "deleted",
    shape: pointAt(x, y),
    provenance: provenance(score),
  }));
  return [...moved, ...made];
}

/** The suggestions that nobody has taken yet. */
export function withoutTaken(suggested: readonly SuggestedPoints[], { moves, points }: TakingPoints): SuggestedPoints[] {
  const moved = new Set(moves.map(({ annotation_id }) => annotation_id));
  const taken = new Set(points.map(({ x, y }) => `${x} ${y}`));
  return suggested.map((each) => ({
    ...each,
    moves: each.moves.filter(({ annotation_id }) => !moved.has(annotation_id)),
    points: each.points.filter(({ x, y }) => !taken.has(`${x} ${y}`)),
  }));
}

const pointAt = (x: number, y: number): PointShape => ({ type: "point", x, y });
