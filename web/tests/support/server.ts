/** A small server behind `fetch`: one image, an undo list, and switches for what can go wrong. */

import type {
  Annotation,
  Box,
  ChangeAnswer,
  ClassClick,
  ImageSummary,
  LabelClass,
  Method,
  MethodInfo,
  Move,
  PointShape,
  ProjectAnswer,
  Proposals,
  UndoState,
  VersionedStatus,
} from "../../src/api/types";
import type { TakeChange, TakePointsChange } from "../../src/state/changes";
import { type ClassEdit, classEdits, sameClass, withEdit } from "../../src/state/class-edits";
import { prompted } from "../../src/state/editing";
import { noProposals, replayProposals } from "../../src/state/proposals";
import { takenAnnotations } from "../../src/state/taking";
import { takenPoints } from "../../src/state/taking-points";

interface Side {
  annotations: [id: string, value: Annotation | null][];
  status?: VersionedStatus;
  classes?: LabelClass[];
  proposals?: Proposals;
}

interface Step {
  /** The id of the event. */
  of: string;
  kind: string;
  prompts: string | null;
  before: Side;
  after: Side;
}

type Body = Record<string, unknown>;

/** Of every model. */
export const WEIGHTS = "small-1";

const TASKS: Record<string, Pick<MethodInfo, "task" | "prompts">> = {
  segment: { task: "mask", prompts: ["click", "box", "extreme_points"] },
  regions: { task: "partition", prompts: ["extreme_points", "scribble"] },
  detect: { task: "boxes", prompts: ["class_click"] },
  points: { task: "points", prompts: ["point"] },
};

/** A model as the server lists it; `like` names the model whose task it has. */
export const methodOf = (name: string, like = name): MethodInfo => ({
  ...{ name, method: name, title: name, summary: "", examples: false, classes: [], trainable: false },
  ...{ version: WEIGHTS, weights: WEIGHTS, ...TASKS[like]! },
});

export const IMAGE: ImageSummary = {
  id: 1,
  file_name: "coins.png",
  width: 100,
  height: 80,
  status: "todo",
  status_version: "",
  annotations: 0,
  proposed: 0,
  clicks: 0,
  seconds: 0,
  worst_quality: null,
  large: false,
  problem: null,
};

export class SmallServer {
  readonly annotations = new Map<string, Annotation>();
  classes: LabelClass[] = [{ id: 7, name: "cell", color: "#e69f00", policy: "", overlaps: false }];
  proposals = noProposals(1);
  status: VersionedStatus = { status: "todo", status_version: "" };
  readonly requests: { path: string; body: Body }[] = [];
  /** Set to keep answers back until `release` is called. */
  held = false;
  away = false;
  refuses = false;
  modelFails = false;
  /** The image that undo goes to at the end of this one's changes. */
  changedBefore: ImageSummary | null = null;
  /** What somebody else changed since, so that undo leaves it alone. */
  kept = 0;
  /** Objects that an answer changes too. */
  neighbours: string[] = [];
  /** Objects that another page has changed. */
  private readonly foreign = new Set<string>();
  private readonly done: Step[] = [];
  private readonly undone: Step[] = [];
  private readonly answers = new Map<string, ChangeAnswer>();
  waiting: (() => void)[] = [];

  fetch = async (request: Request): Promise<Response> => {
    if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.away) throw new TypeError("failed to fetch");
    const { pathname: path } = new URL(request.url);
    const body = JSON.parse((await request.text()) || "{}") as Body;
    if (request.method !== "GET") this.requests.push({ path, body });
    if (this.refuses) return Response.json({ error: { code: "input", message: "not like this" } }, { status: 422 });
    return this.answer(path, body);
  };

  release(): void {
    this.held = false;
    this.waiting.splice(0).forEach((resolve) => resolve());
  }

  /** A change by another page. */
  changeElsewhere(annotation: Annotation): void {
    this.foreign.add(annotation.id);
    this.do({ id: crypto.randomUUID(), kind: "box", prompts: null }, { annotations: [[annotation.id, annotation]] });
  }

  /** What another page makes of a status, clicks or classes. */
  setElsewhere(side: Omit<Side, "annotations">): void {
    this.take({ annotations: [], ...side });
  }

  private answer(path: string, body: Body): Response {
    const id = String(body["id"]);
    const known = this.answers.get(id);
    if (known !== undefined) return Response.json(known);
    if (path === "/api/project") {
      const project = { id: "p", name: "test", classes: this.classes, methods: [], trainable: [], hint: false, read_only: false, last_event: 0, version: "1" };
      return Response.json(project satisfies ProjectAnswer);
    }
    if (path === "/api/images/1") {
      const annotations = [...this.annotations.values()].filter(({ state }) => state !== "deleted");
      return Response.json({ image: this.image, annotations, proposals: this.proposals, history: this.history() });
    }
    if (path.endsWith("/changed-before")) return Response.json(this.changedBefore);
    const [side, kind] = path.endsWith("do") ? this.step(path, body["of"]) : this.change(path, body);
    if (side instanceof Response) return side;
    const error = path.endsWith("/respond") && this.modelFails ? "the model could not answer" : null;
    const answer = { ...this.changeAnswer(side, kind, error), model_ms: path.endsWith("/respond") ? 12 : null };
    this.answers.set(id, answer);
    return Response.json(answer);
  }

  private change(path: string, body: Body): [Side | Response, string] {
    if (this.isOutdated(path, body)) {
      const present = this.annotations.get(String(body["annotation_id"])) ?? null;
      return [refusal(409, "outdated", "another page has changed this object", present), ""];
    }
    const side = this.wanted(path, body);
    if (side.classes !== undefined && new Set(side.classes.map(({ name }) => name)).size < side.classes.length) {
      return [refusal(422, "input", "there are two classes of one name"), ""];
    }
    for (const [, value] of side.annotations) {
      if (this.classes.every(({ id }) => id !== value?.class_id)) {
        return [refusal(404, "not_found", `there is no class ${value?.class_id}`), ""];
      }
    }
    const asked = path.endsWith("/respond") && body["prompts"] === undefined ? `${String(body["method"])} points` : null;
    const find = (body["prompts"] as unknown[] | undefined)?.length === 0 ? "find" : "click";
    const kind = String(body["kind"] ?? body["status"] ?? asked ?? (side.classes ? "classes" : find));
    const prompts = path.endsWith("/respond") ? String(body["annotation_id"] ?? "") : null;
    this.do({ id: String(body["id"]), kind, prompts }, side);
    return [side, kind];
  }

  /** Whether a request names another version than the present one; of classes, those that it changes count. */
  private isOutdated(path: string, body: Body): boolean {
    const { version } = body;
    if (path.endsWith("/status")) return version !== this.status.status_version && body["status"] !== this.status.status;
    if (path === "/api/classes") return this.changesOf(body).some(({ id, before }) => !sameClass(this.classOf(id), before));
    const edited = (body["annotations"] as Annotation[] | undefined) ?? [];
    if (edited.some(({ id, version: seen }) => seen !== "" && (this.annotations.get(id) ?? { version: seen }).version !== seen)) return true;
    const target = body["annotation_id"];
    if (typeof target === "string") return this.foreign.has(target) && version !== this.annotations.get(target)?.version;
    return typeof version === "string" && version !== this.proposals.version;
  }

  private classOf(wanted: number): LabelClass | null {
    return this.classes.find(({ id }) => id === wanted) ?? null;
  }

  private changesOf(body: Body): ClassEdit[] {
    return classEdits((body["before"] as LabelClass[] | undefined) ?? this.classes, body["classes"] as LabelClass[]);
  }

  private merged(body: Body): LabelClass[] {
    const isOfPresent = JSON.stringify(body["before"]) === JSON.stringify(this.classes);
    return isOfPresent ? (body["classes"] as LabelClass[]) : this.changesOf(body).reduce(withEdit, this.classes);
  }

  private wanted(path: string, body: Body): Side {
    if (path === "/api/classes") return { annotations: [], classes: this.merged(body) };
    if (path.endsWith("/status")) {
      return { annotations: [], status: { status: body["status"], status_version: body["id"] } as VersionedStatus };
    }
    if (path.endsWith("/respond") && body["prompts"] === undefined) return { annotations: [], proposals: this.pointed(body) };
    if (path.endsWith("/respond") && body["annotation_id"] === undefined) return { annotations: [], proposals: this.detected(body) };
    if (path.endsWith("/respond")) return { annotations: this.answered(body) };
    if (path.endsWith("/take")) return this.taken(body);
    if (path.endsWith("/take-points")) return this.takenPoints(body);
    return { annotations: (body["annotations"] as Annotation[]).map((each) => [each.id, each]) };
  }

  /** The one that was asked for, and its neighbours. */
  private answered(body: Body): Side["annotations"] {
    const id = String(body["annotation_id"]);
    const [classId, method] = [Number(body["class_id"]), body["method"] as Method];
    const prompts = body["prompts"] as Annotation["prompts"];
    const task = method === "regions" ? "partition" : "mask";
    const asked = prompted(this.annotations, { imageId: 1, annotationId: id, classId, method, task, weights: WEIGHTS, prompts });
    if (this.modelFails) return [[id, asked]];
    const provenance = { ...asked.provenance, method, weights: WEIGHTS };
    const answer = { ...asked, provenance, shape: { type: "box" as const, xyxy: [0, 0, 10 + asked.prompts.length, 10] as Box } };
    const neighbours = this.neighbours.map((other) => this.annotations.get(other)!);
    return [[id, answer], ...neighbours.map((each): [string, Annotation] => [each.id, { ...each, shape: SMALLER }])];
  }

  /** A box of ten pixels around every click, of its class; the first is hardly sure. */
  private detected(body: Body): Proposals {
    const { prompts, removed: gone } = body as unknown as { prompts: ClassClick[]; removed: ClassClick[] };
    const [clicks, removed] = [prompts, gone].map((some) => some.map(({ x, y, class_id, xyxy }) => ({ x, y, class_id, xyxy: xyxy ?? null })));
    const stamp = { id: String(body["id"]), imageId: 1, seconds: 0 };
    const change = { ...stamp, action: "class-clicks" as const, clicks: clicks!, removed: removed!, elsewhere: true };
    const asked = replayProposals(this.proposals, [change]);
    if (this.modelFails) return asked;
    return {
      ...asked,
      boxes: asked.clicks.map(({ x, y }) => [x, y, 10, 10, 0]),
      scores: asked.clicks.map((_, i) => (i === 0 ? 0.5 : 0.9)),
      class_ids: asked.clicks.map(({ class_id }) => class_id),
      method: String(body["method"]),
      weights: WEIGHTS,
    };
  }

  /** Every point ten pixels to the right, and a new point below it, of which the first is hardly sure. */
  private pointed(body: Body): Proposals {
    const method = String(body["method"]);
    const accepted = [...this.annotations.values()].filter(({ shape, state }) => shape?.type === "point" && state === "accepted");
    const places = accepted.map(({ id, class_id, shape }) => ({ id, class_id, ...(shape as PointShape) }));
    const moves = places.map(({ id, x, y }): Move => ({ annotation_id: id, from_xy: [x, y], to_xy: [x + 10, y], score: 0.8 }));
    const points = places.map(({ class_id, x, y }, i) => ({ x, y: y + 20, class_id, score: i === 0 ? 0.2 : 0.9 }));
    const suggested = { method, weights: WEIGHTS, moves, points, whole: true, version: String(body["id"]) };
    return { ...this.proposals, points: [...this.proposals.points.filter((each) => each.method !== method), suggested] };
  }

  private takenPoints(body: Body): Side {
    const change = { ...(body as unknown as TakePointsChange), action: "take-points" as const, imageId: 1 };
    const made = takenPoints(this.annotations, change).map((each): [string, Annotation] => [each.id, each]);
    return { annotations: made, proposals: replayProposals(this.proposals, [change]) };
  }

  private taken(body: Body): Side {
    const { id, kind, boxes, scores, class_ids: classIds, oriented } = body as unknown as TakeChange & { class_ids: number[] };
    const { method } = this.proposals;
    const change: TakeChange = { action: "take", id, imageId: 1, seconds: 0, kind, boxes, scores, classIds, oriented, method };
    const made = takenAnnotations(change).map((each): [string, Annotation] => [each.id, each]);
    return { annotations: made, proposals: replayProposals(this.proposals, [change]) };
  }

  private do({ id, kind, prompts }: { id: string; kind: string; prompts: string | null }, after: Side): void {
    const before: Side = {
      annotations: after.annotations.map(([each]) => [each, this.annotations.get(each) ?? null]),
      ...(after.status && { status: this.status }),
      ...(after.classes && { classes: this.classes }),
      ...(after.proposals && { proposals: this.proposals }),
    };
    this.take(after);
    this.done.push({ of: id, kind, prompts, before, after });
    this.undone.length = 0;
  }

  private step(path: string, of: unknown): [Side | Response, string] {
    const [from, to] = path.endsWith("/undo") ? [this.done, this.undone] : [this.undone, this.done];
    const step = from.at(-1);
    if (step === undefined || (of !== null && step.of !== of)) return [refusal(409, "conflict", "something else was changed meanwhile"), ""];
    to.push(from.pop()!);
    const side = this.kept > 0 ? { annotations: [] } : from === this.done ? step.before : step.after;
    this.take(side);
    return [side, step.kind];
  }

  private take({ annotations, status, classes, proposals }: Side): void {
    for (const [id, value] of annotations) {
      if (value === null) this.annotations.delete(id);
      else this.annotations.set(id, value);
    }
    this.status = status ?? this.status;
    this.classes = classes ?? this.classes;
    this.proposals = proposals ?? this.proposals;
  }

  private get image(): ImageSummary {
    return { ...IMAGE, ...this.status };
  }

  history(): UndoState {
    const [undo, redo] = [this.done.at(-1), this.undone.at(-1)];
    return {
      ...{ undo: undo?.kind ?? null, redo: redo?.kind ?? null, undo_of: undo?.of ?? null, redo_of: redo?.of ?? null },
      undo_prompts: undo?.prompts ?? null,
    };
  }

  private changeAnswer({ annotations, classes, proposals }: Side, kind: string, error: string | null): ChangeAnswer {
    return {
      proposals: (proposals ?? null) as ChangeAnswer["proposals"],
      ...{ kind, error, classes: classes ?? null, image: this.image, kept: this.kept, history: this.history() },
      annotations: annotations.flatMap(([, value]) => value ?? []) as ChangeAnswer["annotations"],
      removed: annotations.filter(([, value]) => value === null).map(([id]) => id),
      ...{ saved_at: "2030-01-02T12:04:11Z", model_ms: null },
    };
  }
}

const SMALLER = { type: "polygons" as const, rings: [[0, 0, 1, 0, 1, 1]] };

const refusal = (status: number, code: string, message: string, annotation: Annotation | null = null) =>
  Response.json({ error: { code, message }, annotation }, { status });
