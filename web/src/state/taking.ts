/** What becomes of proposed boxes that a person accepts or deletes. */

import type { Annotation, BoxRow, Method, Shape, TakeKind } from "../api/types";
import { newAnnotation } from "./editing";

/** Proposed boxes that become annotations, with their scores and classes. */
export interface Taking {
  id: string;
  imageId: number;
  kind: TakeKind;
  boxes: BoxRow[];
  scores: number[];
  classIds: number[];
  oriented: boolean;
  /** Whose suggestions they are. */
  method?: Method;
}

export function shapeOf([cx, cy, w, h, angle]: BoxRow, oriented: boolean): Shape {
  if (oriented) return { type: "oriented_box", cx, cy, w, h, angle };
  return { type: "box", xyxy: [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2] };
}

export const takenShapes = ({ boxes, oriented }: Taking): Shape[] => boxes.map((box) => shapeOf(box, oriented));

/** What the server makes of the boxes, under the same ids. */
export function takenAnnotations({ id, imageId, kind, boxes, scores, classIds, oriented, method = "" }: Taking): Annotation[] {
  return boxes.map((box, n) => ({
    ...newAnnotation(`${id}-${n}`, imageId, classIds[n]!),
    state: kind === "accept" ? "accepted" : "deleted",
    shape: shapeOf(box, oriented),
    provenance: { person: "local", method, weights: "", round: 0, predicted_quality: scores[n]! },
  }));
}
