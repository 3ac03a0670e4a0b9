/** Classes that the server refused: objects may have been drawn with them meanwhile, and are not lost for it. */

import type { Client, EditBody } from "../api/client";
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
   * Makes sure that the object of a change has a class of the project: its own again, the one of that name, or
   * another one. Null when there is nothing to mend.
   */
  async rescue(client: Client, change: Change): Promise<Rescue | null> {
    const wanted = classIdOf(change);
    if (wanted === null) return null;
    const { classes } = await client.project();
    if (classes.some(({ id }) => id === wanted)) return null;
    const lost = this.refused.get(wanted);
    const twin = classes.find(({ name }) => name === lost?.name);
    if (lost !== undefined && twin === undefined) {
      const back = await client.classes(crypto.randomUUID(), [...classes, lost]);
      return { classes: back.classes, message: `The class “${lost.name}” is back: an object has it` };
    }
    const other = twin ?? classes[0];
    if (other === undefined) return null;
    relabel(change, other.id);
    return { classes, message: `The class of an object is gone: it is “${other.name}” now` };
  }
}

function classIdOf(change: Change): number | null {
  if (change.action === "respond") return change.classId;
  if (change.action !== "edit") return null;
  return (change.body as EditBody | undefined)?.annotation.class_id ?? change.patch.class_id ?? null;
}

function relabel(change: Change, classId: number): void {
  if (change.action === "respond") change.classId = classId;
  if (change.action !== "edit") return;
  if (change.patch.class_id !== undefined) change.patch = { ...change.patch, class_id: classId };
  const body = change.body as EditBody | undefined;
  if (body !== undefined) change.body = { ...body, annotation: { ...body.annotation, class_id: classId } };
}
