/** Turns a change into its request. What an edit leaves as it is comes from the latest confirmed state. */

import { type Client, Refused } from "../api/client";
import type { EditRequest } from "../api/schema";
import type { Annotation, ChangeAnswer, ClassClick } from "../api/types";
import { type Change, type EditChange, isClicking, type RespondChange, type RetryChange, type StepChange, type Versioned } from "./changes";
import { edited, type ObjectEdit } from "./editing";

export interface Known {
  /** The confirmed annotation, loaded if need be. */
  confirmed(imageId: number, annotationId: string): Promise<Annotation | null>;
  /** The version of an image's status, and of its class clicks, loaded if need be. */
  statusVersion(imageId: number): string;
  clicksVersion(imageId: number): Promise<string>;
  /** The change that undo or redo would reach now; null where only the server can tell. Throws when there is none. */
  next(step: StepChange): string | null;
}

/** Sends a change; `keep` is called once its request is settled, so that a repetition is the same. */
export async function sendChange(client: Client, known: Known, change: Change, keep: () => void): Promise<ChangeAnswer> {
  const { id, imageId, seconds } = change;
  switch (change.action) {
    case "status": {
      const version = await basis(change, keep, () => known.statusVersion(imageId));
      return client.status(imageId, { id, status: change.status, version });
    }
    case "classes":
      return client.classes(id, change.classes, change.before, imageId);
    case "undo":
    case "redo": {
      const of = change.of ?? known.next(change);
      if (of !== null) {
        change.of = of;
        keep();
      }
      return client[change.action](imageId, { id, of, seconds });
    }
    case "retry": {
      const version = await targetVersion(known, change, keep);
      return client.retry(imageId, { id, annotation_id: change.annotationId, version });
    }
    case "respond": {
      const { annotationId, classId, method, prompts } = change;
      const version = await targetVersion(known, change, keep);
      return client.respond(imageId, { id, annotation_id: annotationId, class_id: classId, method, prompts, version, seconds });
    }
    case "class-clicks": {
      const { method = null, clicks, removed, elsewhere: examples } = change;
      const version = isClicking(change) ? await basis(change, keep, () => known.clicksVersion(imageId)) : null;
      const [prompts, takenBack] = [clicks.map(classClickPrompt), removed.map(classClickPrompt)];
      return client.respond(imageId, { id, method, prompts, removed: takenBack, examples, version, seconds });
    }
    case "take": {
      const { kind, boxes, scores, classIds: class_ids, oriented } = change;
      const version = await basis(change, keep, () => known.clicksVersion(imageId));
      return client.take(imageId, { id, kind, boxes, scores, class_ids, oriented, version, seconds });
    }
    case "ask-points":
      return client.respond(imageId, { id, method: change.method, seconds });
    case "take-points": {
      const { kind, method, moves, points } = change;
      return client.takePoints(imageId, { id, kind, method, moves, points, seconds });
    }
    case "edit": {
      if (change.body === undefined) {
        change.body = await editBody(known, change);
        keep();
      }
      return client.edit(imageId, change.body as EditRequest);
    }
  }
}

/** The version that a change is based on; what was not known when it was made is known by now. */
async function basis(change: Versioned, keep: () => void, version: () => string | Promise<string>): Promise<string> {
  if (change.basedOn === undefined) {
    change.basedOn = await version();
    keep();
  }
  return change.basedOn;
}

/** The version of a prompted object; "" for a new one. */
function targetVersion(known: Known, change: RespondChange | RetryChange, keep: () => void): Promise<string> {
  const { imageId, annotationId } = change;
  return basis(change, keep, async () => (await known.confirmed(imageId, annotationId))?.version ?? "");
}

const classClickPrompt = (click: ClassClick) => ({ type: "class_click" as const, ...click });

async function editBody(known: Known, { id, kind, imageId, edits, seconds }: EditChange): Promise<EditRequest> {
  const annotations = await Promise.all(edits.map((edit) => annotationOf(known, imageId, edit)));
  return { id, kind, annotations, seconds };
}

async function annotationOf(known: Known, imageId: number, edit: ObjectEdit): Promise<Annotation> {
  const before = await known.confirmed(imageId, edit.annotationId);
  if (before === null && edit.patch.id === undefined) throw new Refused("This object no longer exists", "not_found");
  const after = edited(before ?? undefined, imageId, edit);
  return { ...after, version: edit.basedOn ?? after.version };
}
