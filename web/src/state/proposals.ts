/** What is clicked and proposed in an image, with what is under way on top. */

import type { BoxRow, ClassClick, Proposals } from "../api/types";
import { type Change, isClicking, isStep, standing } from "./changes";
import { withoutTaken } from "./taking-points";

export const noProposals = (imageId: number): Proposals => {
  return { image_id: imageId, clicks: [], boxes: [], scores: [], class_ids: [], oriented: false, method: "", weights: "", whole: true, version: "", points: [] };
};

/** Whether a click lies in none of the boxes. */
export function isWithoutBox({ x, y }: ClassClick, boxes: readonly BoxRow[]): boolean {
  return !boxes.some(([cx, cy, w, h, angle]) => {
    const [cos, sin, dx, dy] = [Math.cos(angle), Math.sin(angle), x - cx, y - cy];
    return Math.abs(dx * cos + dy * sin) <= w / 2 && Math.abs(dy * cos - dx * sin) <= h / 2;
  });
}

/** The clicks of an image as they shall be shown, and those boxes that nobody has taken yet. */
export function replayProposals(confirmed: Proposals, pending: readonly Change[]): Proposals {
  let shown = confirmed;
  for (const change of standing(pending).filter(({ imageId }) => imageId === confirmed.image_id)) {
    if (change.action === "class-clicks") {
      const version = isClicking(change) ? change.id : shown.version;
      shown = { ...shown, clicks: [...without(shown.clicks, change.removed), ...change.clicks], version };
    } else if (change.action === "take") {
      const taken = new Set(change.boxes.map(String));
      shown = chosen(shown, (n) => !taken.has(String(shown.boxes[n])));
    } else if (change.action === "take-points") {
      shown = { ...shown, points: withoutTaken(shown.points, change) };
    } else if (isStep(change)) shown = change.effect?.proposals ?? shown;
  }
  return shown;
}

/** With those boxes alone. */
function chosen(proposals: Proposals, stays: (n: number) => boolean): Proposals {
  const kept = <T>(values: T[]) => values.filter((_, n) => stays(n));
  const { boxes, scores, class_ids } = proposals;
  return { ...proposals, boxes: kept(boxes), scores: kept(scores), class_ids: kept(class_ids) };
}

/** The same for a click that the page made and for the one that the server sends back. */
export const plainClick = ({ x, y, class_id, xyxy }: ClassClick): string => JSON.stringify([x, y, class_id, xyxy ?? null]);

const sameClick = (a: ClassClick, b: ClassClick) => plainClick(a) === plainClick(b);

/** Those of `clicks` that are in `shown`. */
export const among = (shown: readonly ClassClick[], clicks: readonly ClassClick[]): ClassClick[] =>
  clicks.filter((click) => shown.some((other) => sameClick(other, click)));

/** Each of `removed` takes one away. */
function without(clicks: readonly ClassClick[], removed: readonly ClassClick[]): ClassClick[] {
  const left = [...clicks];
  for (const gone of removed) {
    const at = left.findIndex((click) => sameClick(click, gone));
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
