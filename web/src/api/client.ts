/** Requests to the server, and the three ways in which one can fail. */

import type {
  Annotation,
  Box,
  BoxRow,
  ChangeAnswer,
  ClassClick,
  EditKind,
  ImageDetail,
  ImageStatus,
  ImageSummary,
  LabelClass,
  Method,
  ProjectAnswer,
  Prompt,
  RestAnswer,
  Tiles,
  TakeKind,
} from "./types";
import type { Job, ModelsAnswer } from "./jobs";

/** The server could not be reached: try again later, unchanged. */
export class Unreachable extends Error {}

/** The server is there but cannot do it now (a full disk, a restart): try again later, unchanged. */
export class Unable extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** The server understood and said no: sending it again would change nothing. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

export interface EditBody {
  id: string;
  kind: EditKind;
  annotations: Annotation[];
  seconds: number;
}

export interface RespondBody {
  id: string;
  annotation_id: string;
  class_id: number;
  method: Method;
  prompts: Prompt[];
  seconds: number;
}

export interface DetectBody {
  id: string;
  clicks: ClassClick[];
  removed: ClassClick[];
  elsewhere: boolean;
  seconds: number;
}

export interface TakeBody {
  id: string;
  kind: TakeKind;
  boxes: BoxRow[];
  scores: number[];
  class_ids: number[];
  oriented: boolean;
  seconds: number;
}

export interface EventBody {
  id: string;
  of: string;
  seconds: number;
}

export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

export class Client {
  constructor(private readonly fetcher: Fetch = (path, init) => fetch(path, init)) {}

  project = () => this.request<ProjectAnswer>("GET", "/api/project");
  images = () => this.request<ImageSummary[]>("GET", "/api/images");
  image = (id: number) => this.request<ImageDetail>("GET", `/api/images/${id}`);
  tiles = (id: number) => this.request<Tiles>("GET", `/api/images/${id}/tiles`);
  health = () => this.request<{ status: string }>("GET", "/api/health");
  edit = (image: number, body: EditBody) => this.request<ChangeAnswer>("POST", `/api/images/${image}/edits`, body);
  respond = (image: number, body: RespondBody) =>
    this.request<ChangeAnswer>("POST", `/api/images/${image}/respond`, body);
  rest = (image: number, body: { id: string; elsewhere: boolean; view: Box | null }) =>
    this.request<RestAnswer>("POST", `/api/images/${image}/rest`, body);
  look = async (image: number, view: Box) => void (await this.answer("PUT", `/api/images/${image}/view`, { view }));
  retry = (image: number, id: string, annotationId: string) =>
    this.request<ChangeAnswer>("POST", `/api/images/${image}/retry`, { id, annotation_id: annotationId });
  detect = (image: number, body: DetectBody) => this.request<ChangeAnswer>("POST", `/api/images/${image}/detect`, body);
  take = (image: number, body: TakeBody) => this.request<ChangeAnswer>("POST", `/api/images/${image}/take`, body);
  undo = (body: EventBody) => this.request<ChangeAnswer>("POST", "/api/undo", body);
  redo = (body: EventBody) => this.request<ChangeAnswer>("POST", "/api/redo", body);
  status = (image: number, id: string, status: ImageStatus) =>
    this.request<ChangeAnswer>("PUT", `/api/images/${image}/status`, { id, status });
  classes = (id: string, classes: LabelClass[]) => this.request<ChangeAnswer>("PUT", "/api/classes", { id, classes });
  models = () => this.request<ModelsAnswer>("GET", "/api/models/detect");
  chooseModel = (version: string | null) => this.request<ModelsAnswer>("PUT", "/api/models/detect", { version });
  train = (minutes: number) => this.request<Job>("POST", "/api/jobs", { minutes });
  cancelJob = (id: number) => this.request<Job>("POST", `/api/jobs/${id}/cancel`, {});
  resumeJob = (id: number) => this.request<Job>("POST", `/api/jobs/${id}/resume`, {});

  /** The export as a file, and what the format could not hold ("" if nothing). */
  export = async (format: string): Promise<{ file: File; leftOut: string }> => {
    const answer = await this.answer("GET", `/api/export?format=${format}`);
    const name = answer.headers.get("Content-Disposition")?.split("filename*=UTF-8''")[1] ?? format;
    const leftOut = decodeURIComponent(answer.headers.get("X-Left-Out") ?? "");
    return { file: new File([await received(answer.blob())], decodeURIComponent(name)), leftOut };
  };

  private async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    return received((await this.answer(method, path, body)).json() as Promise<T>);
  }

  private async answer(method: string, path: string, body?: unknown): Promise<Response> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    let answer: Response;
    try {
      answer = await this.fetcher(path, init);
    } catch {
      throw new Unreachable("The server does not answer.");
    }
    if (!answer.ok) throw await failure(answer);
    return answer;
  }
}

async function received<T>(content: Promise<T>): Promise<T> {
  try {
    return await content;
  } catch {
    throw new Unreachable("The server broke off its answer.");
  }
}

async function failure(answer: Response): Promise<Error> {
  const body: unknown = await answer.json().catch(() => null);
  const error = (body as { error?: { code?: string; message?: string } } | null)?.error;
  const message = error?.message ?? `The server answered ${answer.status}.`;
  const code = error?.code ?? String(answer.status);
  // A model that failed once fails again with the same prompts: the person decides when to ask again.
  const later = code !== "assist" && (answer.status >= 500 || answer.status === 429 || answer.status === 408);
  return later ? new Unable(message, code) : new Refused(message, code);
}

export const fileUrl = (id: number) => `/api/images/${id}/file`;
export const tileUrl = (id: number, version: string, level: number, column: number, row: number) =>
  `/api/images/${id}/tiles/${level}/${column}/${row}?${version}`;
export const thumbnailUrl = (id: number) => `/api/images/${id}/thumbnail`;

/** What can be exported, by the names that the server has for it. */
export const EXPORTS = [
  { format: "coco", label: "COCO", about: "Boxes, polygons and masks in one JSON file" },
  { format: "coco-panoptic", label: "COCO panoptic", about: "Every pixel in one segment or none: JSON and PNGs in a ZIP" },
  { format: "dota", label: "DOTA", about: "Oriented boxes, a text file for each image in a ZIP" },
  { format: "yolo", label: "YOLO", about: "Boxes and polygons, data.yaml and text files in a ZIP" },
  { format: "yolo-obb", label: "YOLO-OBB", about: "Oriented boxes, data.yaml and text files in a ZIP" },
  { format: "voc", label: "Pascal VOC", about: "Boxes, an XML file for each image in a ZIP" },
];
