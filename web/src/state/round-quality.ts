/** How good the rounds are: their mAP where it was measured, else the share of suggestions that people confirmed. */

import type { RoundsAnswer } from "../api/types";
import { counted } from "../tools/shared/desk";

export interface Quality {
  title: string;
  /** What the curve shows. */
  unit: string;
  /** Answers with an object when the round began, and its quality. */
  points: [number, number][];
  notes: string[];
}

export function qualityOf({ points, finished, needed, gain }: Pick<RoundsAnswer, "points" | "finished" | "needed" | "gain">): Quality {
  const measured = points.filter(({ map50 }) => map50 !== null);
  const last = measured.at(-1);
  if (last !== undefined) {
    const estimate = gain === null ? ["After four measured rounds, fewclicks estimates the mAP that further answers will add."] : [];
    return {
      title: `mAP at IoU 0.5 on ${counted(last.held_out, "finished image")}, held out of the training`,
      unit: "mAP",
      points: measured.map(({ boxes, map50 }) => [boxes, map50!]),
      notes: estimate,
    };
  }
  const judged = points.filter(({ confirmed }) => confirmed.judged > 0);
  const few = `The mAP is measured on finished images that are held out. This needs ${needed} finished images with objects; there ${finished === 1 ? "is" : "are"} ${finished}.`;
  return {
    title: "Share of suggestions that people confirmed, by round",
    unit: "confirmed",
    points: judged.map(({ boxes, confirmed }) => [boxes, confirmed.confirmed / confirmed.judged]),
    notes: judged.length > 0 ? [few] : ["Nobody has judged any suggestions from a round yet.", few],
  };
}
