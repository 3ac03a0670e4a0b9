/** The cases that Python's rules recorded (`tests/store/record_editing_cases.py`), shown here before the server answers. */

import { describe, expect, it } from "vitest";
import type { Annotation, EditKind, Method, Prompt } from "../src/api/types";
import { type Change, replay } from "../src/state/changes";

type Request = { annotation_id: string; class_id: number } & (
  | { action: "edit"; kind: EditKind; patch: Partial<Annotation> }
  | { action: "respond"; method: Method; weights: string; prompts: Prompt[] }
);

interface Case {
  name: string;
  image: Annotation[];
  request: Request;
  after: Annotation;
}

const FILES = import.meta.glob<Case[]>("../../tests/cases/editing/*.json", { eager: true, import: "default" });

function changeOf(request: Request, isNew: boolean): Change {
  const [queued, annotationId] = [{ id: "change", imageId: 1, seconds: 0 }, request.annotation_id];
  if (request.action === "edit") {
    const { kind, class_id, patch } = request;
    return { ...queued, action: "edit", kind, edits: [{ annotationId, patch: { ...(isNew && { class_id }), ...patch } }] };
  }
  const { method, weights, prompts, class_id: classId } = request;
  const task = method === "regions" ? "partition" : "mask";
  return { ...queued, action: "respond", annotationId, classId, method, task, weights, prompts };
}

describe.each(Object.entries(FILES))("%s", (_path, cases) => {
  it.each(cases.map((each) => [each.name, each] as const))("%s", (_name, { image, request, after }) => {
    const confirmed = new Map(image.map((annotation) => [annotation.id, { ...annotation, version: "" }]));
    const change = changeOf(request, !confirmed.has(after.id));
    const shown = replay(confirmed, [change], 1).find(({ id }) => id === after.id);
    expect(shown).toEqual(after.state === "deleted" ? undefined : { ...after, version: "" });
  });
});

it("has cases", () => expect(Object.keys(FILES)).toHaveLength(3));
