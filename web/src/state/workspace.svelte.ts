/** Everything that the page shows, and the threads between its parts. */

import { claimAuthor } from "../api/author";
import { Client } from "../api/client";
import { isClosed } from "../api/tabs";
import type { Box, ChangeAnswer, Format, Method, ProjectAnswer } from "../api/types";
import { visibleBox } from "../render/coordinates";
import type { Viewport } from "../render/viewport";
import { showInAddress } from "./address";
import { Advice } from "./advice.svelte";
import { Available } from "./available.svelte";
import { Bench } from "./bench.svelte";
import { Classes } from "./classes.svelte";
import { Contact } from "./contact";
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
import { Ledger } from "./ledger.svelte";
import { Learnt } from "./learnt";
import { jobsOf, Models } from "./models.svelte";
import { Navigation } from "./navigation";
import { Objects } from "./objects.svelte";
import { OpenSuggestions } from "./open-suggestions.svelte";
import { Opening } from "./opening";
import { Place } from "./place";
import { plainClick } from "./proposals";
import { QuestionPictures } from "./question-pictures.svelte";
import { Questions } from "./questions.svelte";
import { Regions } from "./regions.svelte";
import { Rounds } from "./rounds.svelte";
import { RestOfImage } from "./rest.svelte";
import { Settings } from "./settings.svelte";
import { Status } from "./status.svelte";
import { SuggestedPoints } from "./suggested-points.svelte";
import { ViewAhead } from "./view-ahead";

export class Workspace {
  readonly client: Client;
  readonly settings: Settings;
  readonly status = new Status();
  readonly objects = new Objects();
  readonly effort = new Effort();
  readonly images: Images;
  /** What learning rounds say about the images. */
  readonly learnt: Learnt;
  readonly classes = new Classes();
  readonly detections: Detections;
  readonly suggestedPoints: SuggestedPoints;
  readonly place: Place;
  readonly editor: Editor;
  readonly regions: Regions;
  readonly bench: Bench;
  readonly suggestions: OpenSuggestions;
  readonly navigation: Navigation;
  readonly opening: Opening;
  /** Whether the server responds. */
  readonly contact: Contact;
  readonly cursor: KeyboardCursor;
  readonly firstSteps: FirstSteps;
  /** What is still to come of an answer about a large image. */
  readonly rest: RestOfImage;
  /** Says what models found. */
  private readonly findings: Findings;
  /** Makes ready what is looked at. */
  readonly ahead: ViewAhead;
  /** The models that the project has. */
  readonly available: Available;
  /** Versions of models, and the training of new ones. */
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
  /** What the export dialog offers. */
  formats: Format[] = $state([]);
  helpOpen = $state(false);
  /** What opens over the image can be shown. */
  dialogsLoaded = $state(false);
  /** Set once the canvas is there. */
  viewport: Viewport | null = null;

  constructor(
    readonly project: ProjectAnswer,
    tab: string,
  ) {
    this.client = new Client({ project: project.id, author: claimAuthor(localStorage) });
    const available = (this.available = new Available(project));
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
        model: (method) => available.named(method),
        goTo: (imageId) => this.navigation.visit(imageId),
        answered: (answer, askedAt, method) => this.noteAnswer(answer, askedAt, method),
      },
      project.id,
      tab,
    );
    const regions = (this.regions = new Regions({ images, objects, classes }));
    this.bench = new Bench({
      ...{ editor: this.editor, images, objects, classes, detections, place, regions, settings, status, suggestedPoints, scale },
      methods: () => available.methods,
      progress: () => this.rest.progress,
      isOpen: () => this.viewport?.isOpen ?? false,
      redraw: () => this.viewport?.redraw(),
    });
    const suggestions = (this.suggestions = new OpenSuggestions({ bench: this.bench, detections, images, objects, settings }));
    this.navigation = new Navigation({
      ...{ detections, editor: this.editor, images, objects, settings, status, suggestions },
      open: (imageId) => this.opening.open(imageId),
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
        return JSON.stringify([images.currentId === id, version ?? clicks.map(plainClick), settings.values.elsewhere]);
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
      trainable: () => available.trainable,
      method: () => available.trainedFor(this.bench.tool),
      changed: async () => available.take(await client.project()),
      say: (text) => status.say(text, 8000),
      listen: jobsOf(project.id),
    });
    this.advice = new Advice({
      ...{ images, settings, models: this.models, project },
      trainable: () => available.trainable,
      methods: () => available.methods,
    });
    this.following = new Following({
      project: project.id,
      known: project.last_event,
      isOwn: (id) => this.editor.sent.has(id),
      changed: ({ image, verb }) => void this.opening.takeUp(image, verb),
      open: (url) => new EventSource(url),
    });
    this.counts = new Counts({ client, classes, detections, images, objects, suggestedPoints, saved: () => this.saved() });
    this.everywhere = new Everywhere({
      client,
      taskOf: (method) => available.named(method)?.task,
      saved: () => this.saved(),
      changed: () => this.opening.readAll(),
      say: (text) => status.say(text, 8000),
      listen: jobsOf(project.id),
    });
    this.contact = new Contact({
      ...{ client, status },
      back: () => this.editor.outbox.flush(),
      responds: async () => {
        this.follow();
        await this.sendLeft();
      },
      reopen: () => images.currentId !== null && void this.opening.open(images.currentId),
    });
    this.learnt = new Learnt({
      ...{ client, detections, images, settings },
      say: (text) => status.say(text, 8000),
      complain: (error) => this.contact.complain(error),
    });
    this.opening = new Opening({
      ...{ client, detections, effort, images, objects, suggestedPoints, learnt: this.learnt },
      ...{ ahead: this.ahead, bench: this.bench, contact: this.contact, counts: this.counts, cursor: this.cursor, editor: this.editor },
      opened: showInAddress,
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
      changed: () => this.opening.readAll(),
      isClosed: isClosed(navigator.locks),
    });
    this.imports = new Imports({
      client,
      saved: () => this.saved(),
      changed: async () => void (await Promise.all([this.opening.readAll(), this.exports.show()])),
      say: (text) => status.say(text, 8000),
    });
    classes.confirmed = project.classes;
    classes.choose(place.spot.classId ?? null);
  }

  /** Whether something would be lost if the page went now. */
  get atRisk(): boolean {
    return this.editor.atRisk || this.questions.atRisk || this.models.conflict !== null;
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
    return this.available.fullName(wanted);
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

  /** The part of the image that is on the screen. */
  private seen(): Box | null {
    if (this.viewport === null || !this.viewport.isOpen) return null;
    const { view, width, height } = this.viewport.state();
    return visibleBox(view, width, height);
  }

  private noteAnswer(answer: ChangeAnswer, askedAt: number | null, method: Method | null): void {
    this.firstSteps.note(answer);
    this.regions.noteAnswer(answer);
    const { kind, proposals } = answer;
    if (kind === "accept" && proposals !== null && answer.annotations.length === 0) void this.opening.read(proposals.image_id); // another page was first
    this.findings.note(answer);
    if (answer.model_ms !== null) this.status.answered(method === null ? this.modelName : this.available.fullName(method), answer.model_ms, askedAt);
  }

  /** Sends what this tab, or one that was closed, could not send. */
  async sendLeft(): Promise<void> {
    if (await this.editor.outbox.restore(isClosed(navigator.locks))) this.editor.refresh();
    await this.questions.sendLeft();
  }

  /** Listens to the changes of others while the page is visible; whatever it missed comes first. */
  follow(): void {
    if (document.visibilityState === "visible") this.following.start();
    else this.following.stop();
  }

  /** Changes and answers to questions that the server does not have yet. */
  get unsaved(): number {
    return this.status.unsaved + this.questions.unsaved;
  }

  /** Resolves when everything is saved; at once in a read-only project, where nothing can be. */
  async saved(): Promise<void> {
    if (this.project.read_only) return;
    await this.editor.outbox.drained();
    await this.questions.saved();
  }
}
