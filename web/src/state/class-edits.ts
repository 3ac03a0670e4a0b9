/** Edits of the list of classes, one for each class: two people who edit different classes are not in each other's way. */

import type { LabelClass } from "../api/types";

/** A class before and after; null: it is not in the list. */
export interface ClassEdit {
  id: number;
  before: LabelClass | null;
  after: LabelClass | null;
}

const find = (list: readonly LabelClass[], wanted: number) => list.find(({ id }) => id === wanted) ?? null;

export function sameClass(a: LabelClass | null, b: LabelClass | null): boolean {
  if (a === null || b === null) return a === b;
  return a.name === b.name && a.color === b.color && a.policy === b.policy && a.overlaps === b.overlaps;
}

/** What was done to each class. */
export function classEdits(before: readonly LabelClass[], after: readonly LabelClass[]): ClassEdit[] {
  const ids = new Set([...before, ...after].map(({ id }) => id));
  const edits = [...ids].map((id) => ({ id, before: find(before, id), after: find(after, id) }));
  return edits.filter((edit) => !sameClass(edit.before, edit.after));
}

/** The list with an edit made in it; a class that is no longer there comes last. */
export function withEdit(list: readonly LabelClass[], { id, after }: ClassEdit): LabelClass[] {
  if (after === null) return list.filter((known) => known.id !== id);
  if (find(list, id) === null) return [...list, after];
  return list.map((known) => (known.id === id ? after : known));
}
