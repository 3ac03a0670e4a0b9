/** Everything that the page shows, and the threads between its parts. */

import { claimAuthor } from "../api/author";
import { Client, Refused } from "../api/client";
import { type Connection, connectionAfter } from "../api/outbox";
import { isClosed } from "../api/tabs";
import type { Box, ChangeAnswer, Format, ImageSummary, Method, MethodInfo, ProjectAnswer } from "../api/types";
import { visibleBox } from "../render/coordinates";
import type { Viewport } from "../render/viewport";
import type { Tool } from "../tools/shared/tool";
import { Advice } from "./advice.svelte";
import { Bench } from "./bench.svelte";
import { Classes } from "./classes.svelte";
import { Counts } from "./counts.svelte";
import { KeyboardCursor } from "./cursor.svelte";
import { Detections } from "./detections.svelte";
import { Editor } from "./editor.svelte";
import { Effort } from "./effort.svelte";
import { Everywhere } from "./everywhere.svelte";
import { Exports } from "./exports.svelte";
import { Findings } from "./findings";
import { Following } from "./following";
import { FirstSteps } from "./first-steps.svelte";
import { Images } from "./images.svelte";
import { Imports } from "./imports.svelte";
import { warnOnLeaving } from "./leaving";
import { Ledger } from "./ledger.svelte";
import { jobsOf, Models } from "./models.svelte";
import { Navigation } from "./navigation";
import { Objects } from "./objects.svelte";
import { OpenSuggestions } from "./open-suggestions.svelte";
import { Place } from "./place";
import { QuestionPictures } from "./question-pictures.svelte";
import { Questions } from "./questions.svelte";
import { Regions } from "./regions.svelte";
import { Rounds } from "./rounds.svelte";
import { RestOfImage } from "./rest.svelte";
import { Settings } from "./settings.svelte";
import { Status } from "./status.svelte";
import { SuggestedPoints } from "./suggested-points.svelte";
import { ViewAhead } from "./view-ahead";

const HEARTBEAT_MS = 3000;
/** The verbs of changes that may restore or replace classes. */
const MAY_CHANGE_CLASSES = ["classes", "edit", "take", "undo", "redo"];

const showInAddress = (imageId: number | null) => history.replaceState(null, "", `#image=${imageId}`);
const imageOf = (hash: string): number => Number(/image=(\d+)/.exec(hash)?.[1]);

export class Workspace {
  readonly client: Client;
  readonly settings: Settings;
  readonly status = new Status();
  readonly objects = new Objects();
  readonly effort = new Effort();
  readonly images: Images;
  readonly classes = new Classes();
  readonly detections: Detections;
  readonly suggestedPoints: SuggestedPoints;
  readonly place: Place;
  readonly editor: Editor;
  readonly regions: Regions;
  readonly bench: Bench;
  readonly suggestions: OpenSuggestions;
  readonly navigation: Navigation;
  readonly cursor: KeyboardCursor;
  readonly firstSteps: FirstSteps;
  /** What is still to come of an answer about a large image. */
  readonly rest: RestOfImage;
  /** Says what models found. */
  private readonly findings: Findings;
  /** Makes ready what is looked at. */
  readonly ahead: ViewAhead;
  readonly models: Models;
  readonly advice: Advice;
  /** What others change meanwhile. */
  private readonly following: Following;
  readonly imports: Imports;
  readonly counts: Counts;
  /** What models do in all images. */
  readonly everywhere: Everywhere;
  readonly exports: Exports;
  /** One question about a suggestion after the other. */
  readonly questions: Questions;
  readonly pictures: QuestionPictures;
  readonly ledger: Ledger;
  readonly rounds: Rounds;
  /** What answers now, by method. */
  methods: ProjectAnswer["methods"] = $state([]);
  /** What the project can train, whether or not it answers. */
  trainable: ProjectAnswer["trainable"] = $state([]);
  /** What the export dialog offers. */
  formats: Format[] = $state([]);
  helpOpen = $state(false);
  /** Set once the canvas is there. */
  viewport: Viewport | null = null;
  /** The server did not answer when the current image was asked for. */
  private cutOff = false;
  private unseen: { milliseconds: number; askedAt: number | null } | null = null;

  constructor(
    readonly project: ProjectAnswer,
    tab: string,
  ) {
    this.client = new Client({ project: project.id, author: claimAuthor(localStorage) });
    this.takeModels(project);
    this.settings = new Settings(localStorage);
    this.place = new Place(localStorage, project.id);
    this.images = new Images(this.settings);
    const { client, images, objects, classes, effort, place, status, settings } = this;
    const detections = (this.detections = new Detections({ classes, settings }));
    const scale = () => this.viewport?.view.scale ?? 1;
    const suggestedPoints = (this.suggestedPoints = new SuggestedPoints({ classes, detections, objects, settings, scale }));
    this.editor = new Editor(
      {
        ...{ client, images, objects, classes, detections, effort, status, storage: localStorage },
        model: (method) => this.methods.find(({ name }) => name === method),
        goTo: (imageId) => this.navigation.visit(imageId),
        answered: (answer, askedAt) => this.noteAnswer(answer, askedAt),
      },
      project.id,
      tab,
    );
    const regions = (this.regions = new Regions({ images, objects, classes }));
    this.bench = new Bench({
      ...{ editor: this.editor, images, objects, classes, detections, place, regions, settings, status, suggestedPoints, scale },
      methods: () => this.methods,
      progress: () => this.rest.progress,
      isOpen: () => this.viewport?.isOpen ?? false,
      redraw: () => this.viewport?.redraw(),
    });
    const suggestions = (this.suggestions = new OpenSuggestions({ bench: this.bench, detections, images, objects, settings }));
    this.navigation = new Navigation({
      ...{ detections, editor: this.editor, images, objects, settings, status, suggestions },
      open: (imageId) => this.open(imageId),
    });
    this.cursor = new KeyboardCursor(this.bench, () => this.viewport!.state());
    this.firstSteps = new FirstSteps(settings, project.hint);
    this.rest = new RestOfImage({
      ask: (id, method, view) => client.advance(id, { id: this.editor.newId(), method, examples: settings.values.elsewhere, view }),
      take: (answer) => this.editor.takeUp(answer),
      view: () => this.seen(),
      question: (id, method) => {
        const { clicks, points } = detections.current;
        const version = points.find((each) => each.method === method)?.version;
        return JSON.stringify([images.currentId === id, version ?? clicks, settings.values.elsewhere]);
      },
      failed: (message) => status.say(message, 8000),
    });
    this.findings = new Findings({ bench: this.bench, classes, objects, rest: this.rest, settings, status });
    this.ahead = new ViewAhead({
      looked: () => {
        const [image, view, { method }] = [images.current, this.seen(), this.bench.tool];
        if (image === null || view === null || method === undefined || !this.bench.proposes) return null;
        return { imageId: image.id, view, method };
      },
      tell: (id, view, method) => client.look(id, { view, method }),
    });
    this.models = new Models({
      client,
      trainable: () => this.trainable,
      method: () => this.trainedFor(this.bench.tool),
      changed: async () => this.takeModels(await client.project()),
      say: (text) => status.say(text, 8000),
      listen: jobsOf(project.id),
    });
    this.advice = new Advice({
      ...{ images, settings, models: this.models, project },
      trainable: () => this.trainable,
      methods: () => this.methods,
    });
    this.following = new Following({
      project: project.id,
      isOwn: (id) => this.editor.sent.has(id),
      changed: ({ image, verb }) => void this.takeUp(image, verb),
      open: (url) => new EventSource(url),
    });
    this.counts = new Counts({ client, classes, detections, images, objects, suggestedPoints, saved: () => this.saved() });
    this.everywhere = new Everywhere({
      client,
      taskOf: (method) => this.methods.find(({ name }) => name === method)?.task,
      saved: () => this.saved(),
      changed: () => this.reread(),
      say: (text) => status.say(text, 8000),
      listen: jobsOf(project.id),
    });
    this.exports = new Exports({ client, saved: () => this.saved() });
    this.ledger = new Ledger({ client });
    this.rounds = new Rounds({
      client,
      saved: () => this.questions.saved(),
      ended: (text) => void this.questions.renew(text),
      listen: jobsOf(project.id),
    });
    this.pictures = new QuestionPictures({ client, project: project.id });
    this.questions = new Questions({
      ...{ client, classes, tab, pictures: this.pictures, project: project.id, storage: localStorage },
      saved: () => this.saved(),
      changed: () => this.reread(),
      isClosed: isClosed(navigator.locks),
    });
    this.imports = new Imports({
      client,
      saved: () => this.saved(),
      changed: async () => void (await Promise.all([this.reread(), this.exports.show()])),
      say: (text) => status.say(text, 8000),
    });
    classes.confirmed = project.classes;
    classes.choose(place.spot.classId ?? null);
  }

  /** Loads the list and goes on where the last page was left; sends what it left behind. */
  async start(): Promise<void> {
    const [images, formats] = await Promise.all([this.client.images(), this.client.formats()]);
    this.images.load(images);
    this.formats = formats;
    const { imageId, selectedId = null } = this.place.spot;
    const asked = imageOf(location.hash) || imageId;
    const first = this.images.all.find((image) => image.id === asked) ?? this.images.listed[0] ?? this.images.all[0];
    if (first !== undefined) await this.open(first.id);
    await this.sendLeft();
    if (selectedId !== null && this.objects.byId.has(selectedId)) this.bench.select(selectedId);
    window.addEventListener("hashchange", () => {
      const wanted = imageOf(location.hash);
      if (!this.images.all.some((image) => image.id === wanted)) return;
      showInAddress(this.images.currentId); // until that image is shown
      this.navigation.visit(wanted);
    });
    this.follow();
    document.addEventListener("visibilitychange", () => this.follow());
    warnOnLeaving(window, this);
    void this.models.load();
    void this.counts.load();
    if (this.hasJobs) this.everywhere.load();
    setInterval(() => void this.heartbeat(), HEARTBEAT_MS);
    setInterval(() => this.effort.tick(document.visibilityState === "visible"), 1000);
    this.bench.changed();
  }

  /** Whether something would be lost if the page went now. */
  get atRisk(): boolean {
    return this.editor.atRisk || this.models.conflict !== null;
  }

  async open(imageId: number, annotationId: string | null = null): Promise<void> {
    const { images, objects, bench } = this;
    if (imageId !== images.currentId) {
      this.cursor.drop();
      bench.leave();
      this.counts.keep();
      images.currentId = imageId;
      this.effort.lookAt(imageId);
      objects.selectedId = null;
      objects.hidden = new Set();
      this.detections.pointedAt = this.suggestedPoints.pointedAt = null;
      showInAddress(imageId);
      this.editor.refresh();
    }
    await this.load(imageId);
    if (images.currentId !== imageId) return;
    const needed = new Set([imageId, ...this.editor.pending.map((change) => change.imageId)]);
    for (const kept of [objects, this.detections]) kept.forgetAllBut(needed);
    if (annotationId !== null && objects.byId.has(annotationId)) objects.selectedId = annotationId;
    if (objects.isLoaded(imageId)) bench.resume(imageId);
    bench.changed();
  }

  /** The class for what comes, and of an object selected on purpose unless the tool makes new ones only. */
  chooseClass(classId: number): void {
    this.classes.choose(classId);
    const { selected } = this.objects;
    const { makesOnly, hasHandles } = this.bench.tool;
    const chosen = hasHandles ? selected : this.objects.chosen; // the tool with handles is about the selected object
    const name = this.classes.nameOf(classId);
    if (chosen !== null && chosen.class_id !== classId && !makesOnly) {
      const was = this.classes.nameOf(chosen.class_id);
      this.bench.edit("class", chosen.id, { class_id: classId });
      this.status.say(`Changed the class from “${was}” to “${name}”`);
    } else if (chosen === null && selected !== null && selected.class_id !== classId) {
      this.status.say(`The next object gets the class “${name}”`);
    }
    this.bench.changed();
  }

  /** The model that answers this tool, with its version. */
  get modelName(): string {
    const { points } = this.detections.current;
    const wanted = this.bench.showsPoints ? (points.at(-1)?.method ?? this.bench.points.models[0]?.name) : this.bench.tool.method;
    const method = wanted === undefined ? this.methods[0] : this.methods.find(({ name }) => name === wanted);
    if (method === undefined) return "No model";
    return method.version.startsWith(method.name) ? method.version : `${method.name} ${method.version}`;
  }

  /** The model to train for a tool, else the first one; null where none can be trained. */
  private trainedFor({ method, shows }: Tool): Method | null {
    const own = this.trainable.find(({ name, task }) => name === method || (shows === "points" && task === "points"));
    return (own ?? this.trainable[0])?.name ?? null;
  }

  private takeModels({ methods, trainable }: Pick<ProjectAnswer, "methods" | "trainable">): void {
    this.methods = methods;
    this.trainable = trainable;
  }

  /** The models that can be asked about many images. */
  get askable(): readonly MethodInfo[] {
    return this.methods.filter(({ task }) => task === "boxes" || task === "points");
  }

  /** The models that can give boxes masks. */
  get maskers(): readonly MethodInfo[] {
    return this.methods.filter(({ task, prompts }) => task === "mask" && prompts.includes("box"));
  }

  /** Whether a model can do anything in many images. */
  get hasJobs(): boolean {
    return this.askable.length + this.maskers.length > 0;
  }

  /** The model that has not answered for the whole image, of those that the tool in hand is about; null: none. */
  get unfinished(): Method | null {
    const { current } = this.detections;
    if (this.bench.proposes) return current.whole ? null : current.method || (this.bench.proposer?.method ?? null);
    return this.bench.showsPoints ? (current.points.find(({ whole }) => !whole)?.method ?? null) : null;
  }

  /** Asks for what is left of an answer to a large image: the page was elsewhere, or the server. */
  goOn(): void {
    const { unfinished } = this;
    const { current, waiting, failure } = this.detections;
    if (unfinished === null || this.rest.progress !== null || waiting || failure !== null) return;
    void this.rest.follow(current.image_id, unfinished);
  }

  /** A pointer or a key asked for an answer just now. */
  noteRelease(at: number): void {
    this.editor.releasedAt = at;
  }

  /** The overlay was drawn: an answer that it shows has been seen. */
  noteDrawn(): void {
    const { unseen } = this;
    if (unseen === null) return;
    this.unseen = null;
    const seenAfter = unseen.askedAt === null ? null : performance.now() - unseen.askedAt;
    this.status.answer = { milliseconds: unseen.milliseconds, seenAfter };
  }

  /** The part of the image that is on the screen. */
  private seen(): Box | null {
    if (this.viewport === null || !this.viewport.isOpen) return null;
    const { view, width, height } = this.viewport.state();
    return visibleBox(view, width, height);
  }

  private noteAnswer(answer: ChangeAnswer, askedAt: number | null): void {
    this.firstSteps.note(answer);
    this.regions.noteAnswer(answer);
    const { kind, proposals } = answer;
    if (kind === "accept" && proposals !== null && answer.annotations.length === 0) void this.load(proposals.image_id); // another page was first
    this.findings.note(answer);
    if (answer.model_ms !== null) this.unseen = { milliseconds: answer.model_ms, askedAt };
  }

  /** Why the picture of the current image did not come; the list tells what the server found wrong with it. */
  async whyNoPicture(): Promise<string> {
    try {
      this.images.load(await this.client.images());
      return "This image cannot be opened.";
    } catch (error) {
      this.complain(error);
      return `${(error as Error).message} The image appears when the server is back.`;
    }
  }

  /** Takes up what changed in many images. */
  private async reread(): Promise<void> {
    this.images.load(await this.client.images());
    await this.editor.reloadClasses();
    await this.counts.load();
    if (this.images.currentId !== null) await this.load(this.images.currentId);
  }

  private async load(imageId: number): Promise<void> {
    await this.editor.reload(imageId).catch((error: unknown) => this.complain(error));
    this.ahead.again();
  }

  private complain(error: unknown): void {
    if (error instanceof Refused) this.status.say(error.message, 8000);
    else {
      this.lose(connectionAfter(error), error);
      this.cutOff = true;
    }
  }

  private lose(connection: Connection, error: unknown): void {
    this.status.connection = connection;
    this.status.reason = (error as Error).message;
  }

  /** Sends what this tab, or one that was closed, could not send. */
  private async sendLeft(): Promise<void> {
    if (await this.editor.outbox.restore(isClosed(navigator.locks))) this.editor.refresh();
    await this.questions.sendLeft();
  }

  /** Listens to the changes of others while the page is visible; whatever it missed comes first. */
  private follow(): void {
    if (document.visibilityState === "visible") this.following.start();
    else this.following.stop();
  }

  /** Shows what somebody else changed; without an image it may be anything. */
  private async takeUp(image: ImageSummary | null, verb: string): Promise<void> {
    const { images, editor } = this;
    try {
      if (image === null) return await this.reread();
      images.replace(image);
      if (MAY_CHANGE_CLASSES.includes(verb)) await editor.reloadClasses();
      if (image.id === images.currentId) await this.load(image.id);
      else await this.counts.load();
    } catch (error) {
      this.complain(error);
    }
  }

  /** Resolves when everything is saved; at once in a read-only project, where nothing can be. */
  saved(): Promise<void> {
    return this.project.read_only ? Promise.resolve() : this.editor.outbox.drained();
  }

  private async heartbeat(): Promise<void> {
    const { status, editor, images } = this;
    const before = status.connection;
    try {
      await this.client.health();
    } catch (error) {
      const after = connectionAfter(error);
      if (before === "fine" || after === "elsewhere") this.lose(after, error);
      return;
    }
    if (before === "away" || before === "elsewhere") {
      status.connection = "fine";
      editor.outbox.flush();
    }
    this.follow();
    await this.sendLeft();
    if (!this.cutOff || images.currentId === null) return;
    this.cutOff = false;
    void this.open(images.currentId);
  }
}
