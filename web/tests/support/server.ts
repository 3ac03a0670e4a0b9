/** A small server behind `fetch`: one image, an undo list, and switches for what can go wrong. */

import type { Annotation, ChangeAnswer, ImageSummary, LabelClass, ProjectAnswer } from "../../src/api/types";
import { applyChange, type ObjectChange } from "../../src/state/changes";

interface Step {
  id: string;
  /** The id of the event. */
  of: string;
  kind: string;
  before: Annotation | null;
  after: Annotation | null;
}

export const IMAGE: ImageSummary = {
  id: 1,
  file_name: "coins.png",
  width: 100,
  height: 80,
  status: "todo",
  annotations: 0,
  proposed: 0,
  clicks: 0,
  seconds: 0,
  worst_quality: null,
  problem: null,
};

export class SmallServer {
  readonly annotations = new Map<string, Annotation>();
  classes: LabelClass[] = [{ id: 7, name: "cell", color: "#e69f00", policy: "" }];
  readonly requests: { path: string; body: Record<string, unknown> }[] = [];
  /** Set to keep answers back until `release` is called. */
  held = false;
  away = false;
  refuses = false;
  modelFails = false;
  private readonly done: Step[] = [];
  private readonly undone: Step[] = [];
  private readonly answers = new Map<string, ChangeAnswer>();
  private waiting: (() => void)[] = [];

  fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.away) throw new TypeError("failed to fetch");
    const body = JSON.parse(String(init?.body ?? "{}")) as Record<string, unknown>;
    if (init?.method !== "GET") this.requests.push({ path, body });
    if (this.refuses) return Response.json({ error: { code: "input", message: "not like this" } }, { status: 422 });
    return this.answer(path, body);
  };

  release(): void {
    this.held = false;
    this.waiting.splice(0).forEach((resolve) => resolve());
  }

  /** A change by another page. */
  changeElsewhere(annotation: Annotation): void {
    this.change({ id: crypto.randomUUID(), kind: "box", annotation });
  }

  private answer(path: string, body: Record<string, unknown>): Response {
    const id = String(body["id"]);
    const known = this.answers.get(id);
    if (known !== undefined) return Response.json(known);
    if (path === "/api/project" || path === "/api/classes") return this.project(body["classes"] as LabelClass[] | undefined);
    const classId = (body["annotation"] as Annotation | undefined)?.class_id ?? body["class_id"];
    if (classId !== undefined && !this.classes.some((known) => known.id === classId)) {
      return refusal(404, "not_found", `there is no class ${String(classId)}`);
    }
    if (path === "/api/images/1") {
      return Response.json({ image: IMAGE, annotations: [...this.annotations.values()], history: this.history() });
    }
    const of = body["of"];
    const step = path.endsWith("/undo") ? this.undo(of) : path.endsWith("/redo") ? this.redo(of) : this.change(body);
    if (step === null) return refusal(409, "conflict", "something else was changed meanwhile");
    const error = path.endsWith("/respond") && this.modelFails ? "the model could not answer" : null;
    const answer = this.changeAnswer(step, error);
    this.answers.set(id, answer);
    return Response.json(answer);
  }

  private change(body: Record<string, unknown>): Step {
    const edited = body["annotation"] as Annotation | undefined;
    const id = edited?.id ?? String(body["annotation_id"]);
    const before = this.annotations.get(id) ?? null;
    const after = edited ?? this.answered(before, body);
    const step = { id, of: String(body["id"]), kind: String(body["kind"] ?? "click"), before, after };
    this.annotations.set(id, after);
    this.done.push(step);
    this.undone.length = 0;
    return step;
  }

  private answered(before: Annotation | null, body: Record<string, unknown>): Annotation {
    const change = { action: "respond", kind: "prompt", imageId: 1, seconds: 0, id: String(body["id"]) } as const;
    const prompts = body["prompts"] as Annotation["prompts"];
    const full: ObjectChange = {
      ...change,
      annotationId: String(body["annotation_id"]),
      classId: Number(body["class_id"]),
      prompts,
    };
    const prompted = applyChange(before ?? undefined, full);
    if (this.modelFails) return prompted;
    return { ...prompted, shape: { type: "box", xyxy: [0, 0, 10 + prompted.prompts.length, 10] } };
  }

  private project(classes: LabelClass[] | undefined): Response {
    if (new Set(classes?.map(({ name }) => name)).size !== (classes?.length ?? 0)) {
      return refusal(422, "input", "there are two classes of one name");
    }
    this.classes = classes ?? this.classes;
    const project = { id: "p", name: "test", classes: this.classes, methods: [], hint: false, version: "1" };
    return Response.json(project satisfies ProjectAnswer);
  }

  private undo(of: unknown): Step | null {
    const step = this.done.at(-1);
    if (step === undefined || step.of !== of) return null;
    this.done.pop();
    this.undone.push(step);
    if (step.before === null) this.annotations.delete(step.id);
    else this.annotations.set(step.id, step.before);
    return { ...step, after: step.before };
  }

  private redo(of: unknown): Step | null {
    const step = this.undone.at(-1);
    if (step === undefined || step.of !== of) return null;
    this.undone.pop();
    this.done.push(step);
    this.annotations.set(step.id, step.after!);
    return step;
  }

  private history() {
    const [undo, redo] = [this.done.at(-1), this.undone.at(-1)];
    return { undo: undo?.kind ?? null, redo: redo?.kind ?? null, undo_of: undo?.of ?? null, redo_of: redo?.of ?? null };
  }

  private changeAnswer({ id, kind, after }: Step, error: string | null): ChangeAnswer {
    const saved_at = "2030-01-02T12:04:11Z";
    const common = { image_id: 1, annotation_id: id, kind, saved_at, image: IMAGE, error };
    return { ...common, annotation: after, history: this.history(), model_ms: 12 };
  }
}

const refusal = (status: number, code: string, message: string) => Response.json({ error: { code, message } }, { status });
