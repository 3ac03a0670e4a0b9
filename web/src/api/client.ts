/** Requests to the server, and the three ways in which one can fail. */

import createClient from "openapi-fetch"; // 0.17 types tuples as arrays (openapi-typescript issue 2615): keep 0.16 until that is fixed
import type {
  AdvanceRequest,
  AnswerRequest,
  EditRequest,
  EventRequest,
  paths,
  RespondRequest,
  RetryRequest,
  StatusRequest,
  TakePointsRequest,
  TakeRequest,
  ViewRequest,
} from "./schema";
import type { Annotation, AskedImages, ImageChoice, ImageSummary, LabelClass, Method, RoundSettings, SettingValues } from "./types";

class Failure extends Error {
  constructor(
    message: string,
    readonly code = "",
  ) {
    super(message);
  }
}

/** The server could not be reached: try again later, unchanged. */
export class Unreachable extends Failure {}

/** The server is there but cannot do it now (a full disk, a restart): try again later, unchanged. */
export class Unable extends Failure {}

/** Another project is served at this address now: the work waits for its own. */
export class Elsewhere extends Unable {}

/** The server understood and said no: sending it again would change nothing. `present`: the object that somebody else changed. */
export class Refused extends Failure {
  constructor(
    message: string,
    code = "",
    readonly present: Annotation | null = null,
  ) {
    super(message, code);
  }
}

/** An export: its file, what the file contains, and what the format could not hold ("" if nothing). */
export interface Exported {
  file: File;
  written: string;
  leftOut: string;
}

export class Client {
  private readonly http;

  /**
   * `project`: the id that every request names, so that a server of another project refuses it. `author`: whose work
   * this is. `origin` is needed outside a browser, where paths have none.
   */
  constructor(
    { project, author }: { project?: string; author?: string } = {},
    fetcher: (request: Request) => Promise<Response> = (request) => fetch(request),
    origin = "",
  ) {
    const headers = { ...(project && { "Fewclicks-Project": project }), ...(author && { "Fewclicks-Author": author }) };
    this.http = createClient<paths>({ baseUrl: origin, fetch: fetcher, headers });
    this.http.use({
      onError: () => new Unreachable("The server does not respond."),
      onResponse: async ({ response }) => {
        if (!response.ok) throw await failure(response);
      },
    });
  }

  project = () => content(this.http.GET("/api/project"));
  formats = () => content(this.http.GET("/api/formats"));
  images = () => content(this.http.GET("/api/images"));
  mostToLearn = () => content(this.http.GET("/api/images/most-to-learn"));
  image = (id: number) => content(this.http.GET("/api/images/{image_id}", of(id)));
  tiles = (id: number) => content(this.http.GET("/api/images/{image_id}/tiles", of(id)));
  health = () => content(this.http.GET("/api/health"));
  edit = (image: number, body: EditRequest) =>
    content(this.http.POST("/api/images/{image_id}/edits", { ...of(image), body }));
  respond = (image: number, body: RespondRequest) =>
    content(this.http.POST("/api/images/{image_id}/respond", { ...of(image), body }));
  advance = (image: number, body: AdvanceRequest) =>
    content(this.http.POST("/api/images/{image_id}/advance", { ...of(image), body }));
  look = async (image: number, body: ViewRequest) =>
    void (await this.http.PUT("/api/images/{image_id}/view", { ...of(image), body }));
  retry = (image: number, body: RetryRequest) =>
    content(this.http.POST("/api/images/{image_id}/retry", { ...of(image), body }));
  take = (image: number, body: TakeRequest) =>
    content(this.http.POST("/api/images/{image_id}/take", { ...of(image), body }));
  takePoints = (image: number, body: TakePointsRequest) =>
    content(this.http.POST("/api/images/{image_id}/take-points", { ...of(image), body }));
  acceptMoves = (id: string) => content(this.http.POST("/api/moves/accept", { body: { id } }));
  counts = () => content(this.http.GET("/api/counts"));
  countsFile = () => file(this.http.GET("/api/counts.csv", { parseAs: "blob" }), "counts.csv");
  /** `classId`: of the boxes that get masks. */
  ask = (method: Method, images: AskedImages, classId: number | null, id: string) =>
    content(this.http.POST("/api/jobs/ask", { body: { id, method, images, class_id: classId } }));
  batches = () => content(this.http.GET("/api/batches"));
  undoBatch = (event: number, id: string) =>
    content(this.http.POST("/api/batches/{event}/undo", { params: { path: { event } }, body: { id } }));
  /**
   * Reserves the first `count` questions for this page. With `refresh`, the server first adds questions about new
   * suggestions, and releases the questions of this page except those in `keep`.
   */
  nextQuestions = (holder: string, count: number, refresh: boolean, keep: string[]) =>
    content(this.http.POST("/api/questions/next", { body: { holder, count, refresh, keep } }));
  answerQuestion = (body: AnswerRequest) => content(this.http.POST("/api/questions/answers", { body }));
  /** `of`: the answer to undo; null: the latest one of this browser. */
  undoAnswer = (id: string, of: string | null) => content(this.http.POST("/api/questions/undo", { body: { id, of } }));
  /** The request outlives the page. */
  giveBack = async (holder: string) =>
    void (await this.http.POST("/api/questions/give-back", { body: { holder }, keepalive: true }));
  askSkippedAgain = (holder: string) => content(this.http.POST("/api/questions/skipped", { body: { holder } }));
  rounds = () => content(this.http.GET("/api/rounds"));
  limits = () => content(this.http.GET("/api/rounds/limits"));
  startRound = (id: string) => content(this.http.POST("/api/rounds", { body: { id } }));
  changeRounds = (body: RoundSettings) => content(this.http.PUT("/api/rounds/settings", { body }));
  ledger = () => content(this.http.GET("/api/ledger"));
  ledgerFile = () => file(this.http.GET("/api/ledger.csv", { parseAs: "blob" }), "ledger.csv");
  undo = (image: number, body: EventRequest) =>
    content(this.http.POST("/api/images/{image_id}/undo", { ...of(image), body }));
  redo = (image: number, body: EventRequest) =>
    content(this.http.POST("/api/images/{image_id}/redo", { ...of(image), body }));
  /** The image, other than this one, where this author last changed something that undo can take back. */
  changedBefore = async (image: number): Promise<ImageSummary | null> =>
    (await this.http.GET("/api/images/{image_id}/changed-before", of(image))).data ?? null;
  status = (image: number, body: StatusRequest) =>
    content(this.http.PUT("/api/images/{image_id}/status", { ...of(image), body }));
  /** `image`: the image where they were changed, for undo there; 0: none. */
  classes = (id: string, classes: LabelClass[], before?: LabelClass[], image = 0) => {
    const body = { id, classes, ...(before && { before }), ...(image !== 0 && { image_id: image }) };
    return content(this.http.PUT("/api/classes", { body }));
  };
  imports = () => content(this.http.GET("/api/imports"));
  undoImport = (event: number, id: string) =>
    content(this.http.POST("/api/imports/{event}/undo", { params: { path: { event } }, body: { id } }));
  models = (method: Method) => content(this.http.GET("/api/models/{method}", { params: { path: { method } } }));
  /** `before`: the active version that the person saw. */
  chooseModel = (method: Method, version: string | null, before?: string | null) => {
    const body = { version, ...(before !== undefined && { before }) };
    return content(this.http.PUT("/api/models/{method}", { params: { path: { method } }, body }));
  };
  train = (method: Method, settings: SettingValues, id: string) =>
    content(this.http.POST("/api/jobs", { body: { id, method, settings } }));
  cancelJob = (job_id: number) =>
    content(this.http.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id } }, body: {} }));
  resumeJob = (job_id: number, id: string) =>
    content(this.http.POST("/api/jobs/{job_id}/resume", { params: { path: { job_id } }, body: { id } }));

  exportPlans = () => content(this.http.GET("/api/export/plans"));
  /** The export as a file. */
  export = async (format: string, images: ImageChoice): Promise<Exported> => {
    const exchange = this.http.GET("/api/export", { params: { query: { format, images } }, parseAs: "blob" });
    const exported = await file(exchange, format);
    const { headers } = (await exchange).response;
    return {
      file: exported,
      written: headers.get("X-Written") ?? "",
      leftOut: decodeURIComponent(headers.get("X-Left-Out") ?? ""),
    };
  };
}

const of = (image_id: number) => ({ params: { path: { image_id } } });

/** What an answer holds; one that breaks off is as good as none. */
async function content<T>(exchange: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  try {
    const { data } = await exchange;
    if (data != null) return data;
  } catch (error) {
    if (error instanceof Failure) throw error;
  }
  throw new Unreachable("The response of the server was incomplete.");
}

/** An attachment, under the name that the server gives it. */
async function file(exchange: Promise<{ data?: unknown; response: Response }>, otherwise: string): Promise<File> {
  const blob = await content(exchange);
  const name = (await exchange).response.headers.get("Content-Disposition")?.split("filename*=UTF-8''")[1] ?? otherwise;
  return new File([blob as Blob], decodeURIComponent(name));
}

async function failure(answer: Response): Promise<Error> {
  const body: unknown = await answer.json().catch(() => null);
  const { error, annotation } = (body ?? {}) as { error?: { code?: string; message?: string }; annotation?: Annotation | null };
  const message = error?.message ?? `The server returned the error ${answer.status}.`;
  const code = error?.code ?? String(answer.status);
  if (code === "other_project") return new Elsewhere(message, code);
  // A model that failed once fails again with the same prompts: the person decides when to ask again.
  const later = code !== "assist" && (answer.status >= 500 || answer.status === 429 || answer.status === 408);
  return later ? new Unable(message, code) : new Refused(message, code, annotation);
}

export const EVENTS_URL = "/api/jobs/events" satisfies keyof paths;
export const LOG_URL = "/api/log" satisfies keyof paths;
export const fileUrl = (project: string, id: number) => `/api/images/${id}/file?project=${project}`;
export const tileUrl = (project: string, id: number, version: string, level: number, column: number, row: number) =>
  `/api/images/${id}/tiles/${level}/${column}/${row}?${version}&project=${project}`;
export const thumbnailUrl = (project: string, id: number) => `/api/images/${id}/thumbnail?project=${project}`;
