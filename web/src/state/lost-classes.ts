/** Classes that the server refused: objects may have been drawn with them meanwhile, and are not lost for it. */

import type { Client } from "../api/client";
import type { EditRequest } from "../api/schema";
import type { LabelClass } from "../api/types";
import type { Change } from "./changes";

export interface Rescue {
  classes: LabelClass[];
  message: string;
}

export class LostClasses {
  private readonly refused = new Map<number, LabelClass>();

  note(classes: readonly LabelClass[]): void {
    for (const known of classes) this.refused.set(known.id, known);
  }

  /**
   * Makes sure that the objects of a change have classes of the project: their own again, those of that name, or
   * another one. Null when there is nothing to mend.
   */
  async rescue(client: Client, change: Change): Promise<Rescue | null> {
    const wanted = classIdsOf(change);
    if (wanted.size === 0) return null;
    let { classes } = await client.project();
    let rescue: Rescue | null = null;
    for (const id of wanted) {
      if (classes.some((known) => known.id === id)) continue;
      rescue = (await this.replace(client, change, id, classes)) ?? rescue;
      classes = rescue?.classes ?? classes;
    }
    return rescue;
  }

  private async replace(client: Client, change: Change, id: number, classes: LabelClass[]): Promise<Rescue | null> {
    const lost = this.refused.get(id);
    const twin = classes.find(({ name }) => name === lost?.name);
    if (lost !== undefined && twin === undefined) {
      const back = await client.classes(crypto.randomUUID(), [...classes, lost], classes);
      return { classes: back.classes ?? classes, message: `Restored the class “${lost.name}”, because an object uses it` };
    }
    const other = twin ?? classes[0];
    if (other === undefined) return null;
    relabel(change, id, other.id);
    return { classes, message: `The object’s class was deleted; the object now has the class “${other.name}”` };
  }
}

function classIdsOf(change: Change): Set<number> {
  if (change.action === "respond") return new Set([change.classId]);
  if (change.action === "class-clicks") return new Set(change.clicks.map(({ class_id }) => class_id));
  if (change.action === "take") return new Set(change.classIds);
  if (change.action !== "edit") return new Set();
  const sent = (change.body as EditRequest | undefined)?.annotations ?? change.edits.map(({ patch }) => patch);
  return new Set(sent.map(({ class_id }) => class_id).filter((id) => id !== undefined));
}

function relabel(change: Change, from: number, to: number): void {
  const relabelled = <T extends { class_id?: number }>(one: T) => (one.class_id === from ? { ...one, class_id: to } : one);
  if (change.action === "respond") change.classId = to;
  if (change.action === "class-clicks") change.clicks = change.clicks.map(relabelled);
  if (change.action === "take") change.classIds = change.classIds.map((id) => (id === from ? to : id));
  if (change.action !== "edit") return;
  change.edits = change.edits.map((edit) => ({ ...edit, patch: relabelled(edit.patch) }));
  const body = change.body as EditRequest | undefined;
  if (body !== undefined) change.body = { ...body, annotations: body.annotations.map(relabelled) };
}
