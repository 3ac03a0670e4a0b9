/** Turns a change into its request. What an edit leaves as it is comes from the latest confirmed state. */

import { type Client, type EditBody, Refused } from "../api/client";
import type { Annotation, ChangeAnswer, ImageSummary, ProjectAnswer } from "../api/types";
import { applyChange, type Change, type EditChange } from "./changes";

export type Answered =
  | { kind: "change"; answer: ChangeAnswer }
  | { kind: "image"; image: ImageSummary }
  | { kind: "project"; project: ProjectAnswer };

export interface Known {
  /** The confirmed annotation, loaded if need be. */
  confirmed(imageId: number, annotationId: string): Promise<Annotation | null>;
  /** The change that undo or redo would reach now. */
  next(action: "undo" | "redo"): string | null;
}

/** Sends a change; `keep` is called once its request is settled, so that a repetition is the same. */
export async function sendChange(client: Client, known: Known, change: Change, keep: () => void): Promise<Answered> {
  const { id, imageId, seconds } = change;
  switch (change.action) {
    case "status":
      return { kind: "image", image: await client.status(imageId, id, change.status) };
    case "classes":
      return { kind: "project", project: await client.classes(id, change.classes) };
    case "undo":
    case "redo": {
      const of = change.of ?? known.next(change.action);
      if (of === null) throw new Refused(`there is nothing to ${change.action}`, "conflict");
      change.of = of;
      keep();
      return { kind: "change", answer: await client[change.action]({ id, of, seconds }) };
    }
    case "retry":
      return { kind: "change", answer: await client.retry(imageId, id, change.annotationId) };
    case "respond": {
      const { annotationId, classId, prompts } = change;
      const body = { id, annotation_id: annotationId, class_id: classId, method: "segment" as const, prompts, seconds };
      return { kind: "change", answer: await client.respond(imageId, body) };
    }
    case "edit": {
      if (change.body === undefined) {
        change.body = await editBody(known, change);
        keep();
      }
      return { kind: "change", answer: await client.edit(imageId, change.body as EditBody) };
    }
  }
}

async function editBody(known: Known, change: EditChange): Promise<EditBody> {
  const before = await known.confirmed(change.imageId, change.annotationId);
  if (before === null && change.patch.id === undefined) throw new Refused("That object is gone", "not_found");
  const annotation = applyChange(before ?? undefined, change);
  return { id: change.id, kind: change.kind, annotation, seconds: change.seconds };
}
