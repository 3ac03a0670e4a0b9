/**
 * What a request makes of an annotation, shown before the server has answered.
 *
 * The same rules as in `src/fewclicks/store/editing.py`; `tests/cases/editing` holds both to them.
 */

import type { Annotation, Method, Prompt, Shape } from "../api/types";

type Provenance = Annotation["provenance"];

/** What an edit makes of one object; a new one gives everything. */
export interface ObjectEdit {
  annotationId: string;
  patch: Partial<Annotation>;
  /** The version that was on the screen; absent for one that this page has changed itself meanwhile. */
  basedOn?: string;
}

/** Prompts for one object, and what will answer them. */
export interface Prompting {
  imageId: number;
  annotationId: string;
  /** Of a new object. */
  classId: number;
  method: Method;
  /** Whether the answer is about one object or about all regions of the image. */
  task: "mask" | "partition";
  /** Of the model that answers, as far as the page knows. */
  weights?: string;
  prompts: Prompt[];
}

const NO_MODEL = ["manual", "import"];

const provenanceOf = (method = "manual", weights = "", person = "local"): Provenance => {
  return { person, method, weights, round: 0, predicted_quality: null };
};

export function newAnnotation(id: string, imageId: number, classId: number): Annotation {
  return {
    id,
    image_id: imageId,
    class_id: classId,
    state: "proposed",
    shape: null,
    base: null,
    crowd: false,
    prompts: [],
    provenance: provenanceOf(),
    version: "",
  };
}

/** An annotation as an edit makes it; a new shape is hand work from then on. */
export function edited(before: Annotation | undefined, imageId: number, { annotationId, patch }: ObjectEdit): Annotation {
  if (before === undefined) return { ...newAnnotation(annotationId, imageId, patch.class_id ?? 0), ...patch };
  const { class_id, state, crowd, shape } = { ...before, ...patch };
  if (sameShape(shape, before.shape)) return { ...before, class_id, state, crowd };
  return { ...before, class_id, state, crowd, shape, base: null, prompts: [], provenance: provenanceOf() };
}

/** An annotation with one more round of prompts, its shape as it was. `image`: all annotations of its image. */
export function prompted(image: ReadonlyMap<string, Annotation>, asked: Prompting): Annotation {
  const before = image.get(asked.annotationId);
  const { weights = before?.provenance.weights ?? "" } = asked;
  const made = provenanceOf(asked.method, weights, before?.provenance.person);
  const start = before ?? { ...newAnnotation(asked.annotationId, asked.imageId, asked.classId), provenance: made };
  return asked.task === "partition" ? promptedRegion(start, made, asked.prompts, image) : promptedObject(start, made, asked.prompts);
}

/** A shape made otherwise is what the prompts correct; a box becomes the first of them. What corrects in one request shares a round. */
function promptedObject(before: Annotation, answering: Provenance, more: Prompt[]): Annotation {
  const ready = withBase(before, answering);
  const round = 1 + roundsOf(ready);
  const corrects = ({ type }: Prompt) => type === "click" || type === "another_mask";
  const numbered = more.map((prompt) => (corrects(prompt) ? { ...prompt, round } : prompt));
  return { ...ready, prompts: [...ready.prompts, ...numbered] };
}

function withBase(before: Annotation, answering: Provenance): Annotation {
  const { shape } = before;
  if (shape === null || !isMadeElsewhere(before, answering)) return before;
  if (shape.type === "box") return { ...before, base: null, prompts: [{ type: "box", xyxy: shape.xyxy }] };
  return { ...before, base: shape, prompts: [] };
}

function isMadeElsewhere({ prompts, shape, base, provenance }: Annotation, answering: Provenance): boolean {
  const hasNoModel = NO_MODEL.includes(provenance.method);
  if (prompts.length === 0 || (!hasNoModel && provenance.method !== answering.method)) return true;
  if (hasNoModel || sameShape(shape, base)) return false; // no model has answered these prompts yet
  return provenance.weights !== answering.weights;
}

/** Scribbles are numbered over the image; extreme points take the place of those that a region has, or of its base. */
function promptedRegion(before: Annotation, answering: Provenance, more: Prompt[], image: ReadonlyMap<string, Annotation>): Annotation {
  const others = [...image.values()].filter(({ state }) => state !== "deleted");
  const round = 1 + Math.max(0, ...others.map(roundsOf));
  return more.reduce((region, prompt) => {
    if (prompt.type === "scribble") return { ...region, prompts: [...region.prompts, { ...prompt, round }] };
    const scribbles = region.prompts.filter(({ type }) => type === "scribble");
    return { ...region, base: null, prompts: [prompt, ...scribbles] };
  }, asRegion(before, answering));
}

function asRegion(before: Annotation, answering: Provenance): Annotation {
  const { method, weights } = before.provenance;
  if (method === answering.method && weights === answering.weights) return before;
  return { ...before, base: before.shape, prompts: [], provenance: answering };
}

const roundsOf = ({ prompts }: Annotation) => Math.max(0, ...prompts.map((prompt) => ("round" in prompt && prompt.round) || 0));

export function sameShape(a: Shape | null, b: Shape | null): boolean {
  if (a?.type === "mask" && b?.type === "mask") return a.counts === b.counts && a.size.join() === b.size.join();
  return JSON.stringify(a) === JSON.stringify(b);
}
