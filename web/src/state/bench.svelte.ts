/** The tool in hand, and what it may do: the tools' view of the workspace. */

import type { Annotation, EditKind, LabelClass, MethodInfo, Point, Prompt } from "../api/types";
import type { Pointer } from "../render/pointer";
import { GRAB_PIXELS } from "../render/handles";
import { hasPixels, isRegion } from "../render/region-map";
import { toolById, toolsFor } from "../tools";
import type { Desk, Waiting, Wanted } from "../tools/shared/desk";
import { hintOf } from "../tools/shared/hints";
import type { Tool, ToolSession } from "../tools/shared/tool";
import type { Classes } from "./classes.svelte";
import { Detection } from "./detection";
import type { Detections } from "./detections.svelte";
import type { Editor } from "./editor.svelte";
import { Held } from "./held.svelte";
import type { Images } from "./images.svelte";
import { firstKey, showCombo } from "./keys";
import { Pointing } from "./pointing";
import type { Objects } from "./objects.svelte";
import type { Held as HeldEntry, Place } from "./place";
import type { Regions } from "./regions.svelte";
import type { Settings } from "./settings.svelte";
import type { Status } from "./status.svelte";
import type { SuggestedPoints } from "./suggested-points.svelte";

const NO_PIXELS = "This object has no pixels; draw over what belongs to it, or delete it";

export interface BenchParts {
  editor: Editor;
  classes: Classes;
  detections: Detections;
  images: Images;
  objects: Objects;
  place: Place;
  regions: Regions;
  settings: Settings;
  status: Status;
  suggestedPoints: SuggestedPoints;
  /** The models that the server has; a training may bring one. */
  methods(): readonly MethodInfo[];
  /** How much of a large image has answered, 0 to 1; null: nothing is on its way. */
  progress(): number | null;
  /** Whether the image is on the screen. */
  isOpen(): boolean;
  scale(): number;
  redraw(): void;
}

export class Bench implements Desk {
  toolId = $state("segment");
  readonly detection: Detection;
  readonly points: Pointing;
  /** The tools that the server has models for. */
  readonly tools: readonly Tool[] = $derived.by(() => toolsFor(this.parts.methods()));
  readonly held: Held;
  session: ToolSession;
  /** The image on which the session goes on; null while its objects are being loaded. */
  private on: number | null = null;

  constructor(private readonly parts: BenchParts) {
    this.detection = new Detection(parts, this);
    this.points = new Pointing(parts, this);
    this.held = new Held({ ...parts, run: (entry) => this.runHeld(entry) });
    const left = parts.place.spot.toolId;
    if (left !== undefined && this.has(left)) this.toolId = left;
    this.session = this.tool.start(this);
  }

  get tool(): Tool {
    return this.tools.find(({ id }) => id === this.toolId) ?? toolById(this.toolId);
  }

  get proposer(): Tool | null {
    return this.proposes ? this.tool : (this.tools.find(({ shows }) => shows === "proposals") ?? null);
  }

  get isOpen(): boolean {
    return this.parts.isOpen();
  }

  get imageSize(): Point {
    const image = this.parts.images.current;
    return image === null ? [0, 0] : [image.width, image.height];
  }

  get classes(): readonly LabelClass[] {
    return this.parts.classes.shown;
  }

  get classId(): number | null {
    return this.parts.classes.chosenId;
  }

  get selected(): Annotation | null {
    return this.parts.objects.selected;
  }

  get brushRadius(): number {
    return this.parts.settings.values.brushRadius;
  }

  get scale(): number {
    return this.parts.scale();
  }

  /** Takes another tool; answers stay as they are, and what was begun with this one waits for it. */
  take(toolId: string): void {
    if (!this.has(toolId)) return this.say(`No installed model works with ${toolById(toolId).label}`);
    const { on } = this;
    this.leave(toolId);
    if (on !== null) this.resume(on);
    this.changed();
  }

  /** Whether the server has what this tool cannot do without. */
  has(toolId: string): boolean {
    return this.tools.some(({ id }) => id === toolId);
  }

  /** The image is shown as a partition: neighbours differ in colour, free pixels are hatched. */
  get showsPartition(): boolean {
    return this.tool.shows === "partition";
  }

  /** Clicks say classes, and boxes are proposed. */
  get proposes(): boolean {
    return this.tool.shows === "proposals";
  }

  /** Suggested points, and moves of points, are in reach. */
  get showsPoints(): boolean {
    return this.tool.shows === "points";
  }

  colorOf = (annotation: Annotation): string => {
    const { regions, classes } = this.parts;
    return this.showsPartition && isRegion(annotation) ? regions.colorOf(annotation) : classes.colorOf(annotation.class_id);
  };

  /** Ends the work on this image. */
  leave(toolId = this.toolId): void {
    this.session.released();
    this.session.cancel();
    this.keep();
    this.on = null;
    this.toolId = toolId;
    this.session = this.tool.start(this);
  }

  /** Goes on with an image whose objects are loaded, where this tool left it. */
  resume(imageId: number): void {
    if (this.on === imageId) return;
    this.on = imageId;
    const begun = this.parts.place.begun(imageId, this.toolId);
    if (begun !== null && this.session.begun() === null) this.session.resume(begun);
    this.held.release();
  }

  get objects(): readonly Annotation[] {
    return this.parts.objects.shown;
  }

  find(id: string): Annotation | null {
    return this.parts.objects.byId.get(id) ?? null;
  }

  hit(at: Point): Annotation | null {
    return this.hits(at)[0] ?? null;
  }

  hits(at: Point): Annotation[] {
    return this.parts.objects.index.at(at, GRAB_PIXELS / this.scale).filter(({ id }) => this.shows(id));
  }

  shows(id: string): boolean {
    const { allHidden, hidden } = this.parts.objects;
    return !allHidden && !hidden.has(id);
  }

  colorOfClass(id: number): string {
    return this.parts.classes.colorOf(id);
  }

  select(id: string | null): void {
    this.parts.objects.justMadeId = null;
    this.parts.objects.selectedId = id;
    this.changed();
  }

  showMade(id: string): void {
    const { objects } = this.parts;
    if (objects.selectedId !== id) objects.justMadeId = id;
    objects.selectedId = id;
    this.changed();
  }

  respond(annotationId: string | null, prompts: Prompt[]): string | null {
    const { method } = this.tool;
    return method === undefined ? null : this.respondWith(method, annotationId, prompts);
  }

  respondWith(method: string, annotationId: string | null, prompts: Prompt[]): string | null {
    const classId = this.classFor(annotationId);
    if (classId === null) return this.hold({ action: "respond", prompts });
    const isPoint = annotationId !== null && this.find(annotationId)?.shape?.type === "point";
    const id = this.parts.editor.respond(isPoint ? null : annotationId, prompts, classId, method);
    if (id !== null) this.showMade(id);
    return id;
  }

  edit(kind: EditKind, annotationId: string | null, patch: Partial<Annotation>): string | null {
    return this.editTogether(kind, [{ annotationId, patch }])?.[0] ?? null;
  }

  editTogether(kind: EditKind, wanted: readonly Wanted[]): string[] | null {
    const classId = this.classFor(wanted[0]!.annotationId);
    return classId === null ? this.hold({ action: "edit", kind, wanted }) : this.parts.editor.edit(kind, wanted, classId);
  }

  hold(waiting: Waiting): null {
    const imageId = this.parts.images.currentId;
    if (imageId !== null) this.held.add({ ...waiting, id: crypto.randomUUID(), imageId, method: this.tool.method });
    this.say("Type a name for the first class and press Enter; fewclicks then gives this class to what you drew");
    return null;
  }

  private runHeld(held: HeldEntry): void {
    const { editor, settings } = this.parts;
    const { classId } = this;
    const { method = "" } = held;
    if (classId === null) return;
    if (held.action === "respond") this.showMade(editor.respond(null, [...held.prompts], classId, method)!);
    else if (held.action === "edit") this.showMade(editor.edit(held.kind, held.wanted, classId)[0]!);
    else {
      const [x, y] = held.at;
      editor.clickClasses(method, [{ x, y, class_id: classId }], [], settings.values.elsewhere);
    }
  }

  waiting(id: string): boolean {
    return this.parts.objects.waiting.has(id);
  }

  key(action: string): string {
    return showCombo(firstKey(action, this.parts.settings.values.keys));
  }

  say(text: string): void {
    this.parts.status.say(text);
  }

  changed(): void {
    this.parts.status.hint = this.session.hint();
    this.keep();
    this.parts.redraw();
  }

  hover(at: Point | null): void {
    const { objects, detections, suggestedPoints } = this.parts;
    detections.pointedAt = this.proposes && !objects.allHidden ? at : null;
    suggestedPoints.pointedAt = this.showsPoints ? at : null;
    const suggestion = detections.hovered ?? suggestedPoints.hovered ?? suggestedPoints.hoveredArrow;
    objects.hoveredId = at === null || suggestion !== null ? null : (this.hit(at)?.id ?? null);
  }

  pointer(kind: "down" | "move" | "up" | "doubleClick", pointer: Pointer): void {
    if (!this.isOpen) return;
    this.session[kind](pointer);
    if (kind !== "move") this.changed();
  }

  /** Enter: what the tool has begun, then the selected object, then the next proposal. */
  forward(): void {
    if (this.session.forward()) return this.changed();
    const { selected } = this;
    if (selected === null) return this.selectNextProposal();
    if (selected.state === "accepted") return this.select(null);
    if (selected.shape === null && !this.waiting(selected.id)) return this.say("There is no mask to accept yet");
    if (selected.shape !== null && !hasPixels(selected)) return this.say(NO_PIXELS);
    this.edit("accept", selected.id, { state: "accepted" });
    this.select(null);
  }

  /** All that is proposed and shown, as one change. */
  acceptAll(): void {
    if (this.proposes && this.detection.proposals.length > 0) return this.detection.take("accept", this.detection.proposals);
    if (this.showsPoints && this.points.moves.length + this.points.suggested.length > 0) return this.points.takeAll("accept");
    const ready = this.parts.objects.shown.filter((each) => each.state === "proposed" && each.shape && hasPixels(each));
    if (ready.length === 0) return this.sayNothingWaits();
    this.editTogether("accept", ready.map(({ id }) => ({ annotationId: id, patch: { state: "accepted" } })));
    this.select(null);
    this.say(`Accepted ${ready.length === 1 ? "1 object" : `${ready.length} objects`}`);
  }

  merge(): void {
    if (!this.session.merge()) this.say(hintOf(this, "Only regions can be merged", ["tool.regions", "shows them"]));
    this.changed();
  }

  /** Escape: what the tool has begun, then the latest prompts, then the selection. */
  back(): void {
    if (this.session.back()) return this.changed();
    if (!this.takesBackPrompts()) return this.select(null);
    this.parts.editor.steps.undo();
    this.changed();
  }

  /** Whether there is a click, box or stroke of this tool that Escape takes back: the latest change of the image. */
  takesBackPrompts(): boolean {
    if (this.tool.method === undefined) return false;
    const about = this.proposes ? "" : this.selected?.id;
    return about !== undefined && this.parts.editor.steps.takesBackPrompts(about);
  }

  undo(): void {
    if (!this.session.undo() && !this.held.dropLast()) this.parts.editor.steps.undo();
    this.changed();
  }

  redo(): void {
    if (!this.session.redo()) this.parts.editor.steps.redo();
    this.changed();
  }

  /** Tab: another mask for the same click; false when there is none to ask for. */
  another(): boolean {
    const asked = this.session.another();
    if (asked) this.changed();
    return asked;
  }

  remove(): void {
    if (!this.session.remove()) this.deleteSelected();
  }

  deleteSelected(): void {
    if (this.session.discard()) return this.changed();
    const { selected } = this;
    if (selected !== null) this.discard(selected.id);
  }

  discard(id: string): void {
    const annotation = this.find(id);
    if (annotation === null) return;
    this.edit("delete", id, { state: "deleted" });
    if (this.selected === null || this.selected.id === id) this.select(null);
    this.say(hintOf(this, "Deleted", ["undo", "undoes this"]));
  }

  accept(id: string): void {
    const annotation = this.find(id);
    if (annotation?.state !== "proposed") return;
    if (annotation.shape !== null && !hasPixels(annotation)) return this.say(NO_PIXELS);
    this.edit("accept", id, { state: "accepted" });
  }

  /** The next (or previous) object in the order of the list. */
  selectNeighbour(step: 1 | -1): void {
    const { listed } = this;
    if (listed.length === 0) return;
    const at = listed.findIndex(({ id }) => id === this.parts.objects.selectedId);
    const next = at < 0 ? (step > 0 ? 0 : listed.length - 1) : (at + step + listed.length) % listed.length;
    this.select(listed[next]!.id);
  }

  private get listed(): readonly Annotation[] {
    return this.parts.objects.inOrder(this.parts.settings.values.objectOrder);
  }

  private keep(): void {
    const { place, objects } = this.parts;
    if (this.on === null) return;
    const [classId, selectedId] = [this.classId ?? undefined, objects.selectedId ?? undefined];
    place.keepSpot({ toolId: this.toolId, imageId: this.on, classId, selectedId });
    place.keepBegun(this.on, this.toolId, this.session.begun());
  }

  private selectNextProposal(): void {
    const next = this.listed.find(({ state }) => state === "proposed");
    if (next !== undefined) this.select(next.id);
    else this.sayNothingWaits();
  }

  /** But for boxes, which are taken with the tool that proposes them. */
  private sayNothingWaits(): void {
    const { length } = this.detection.proposals;
    const left = length === 1 ? "1 suggested box is not accepted" : `${length} suggested boxes are not accepted`;
    if (length > 0 && !this.proposes) this.say(hintOf(this, left, [`tool.${this.proposer?.id}`, "shows them"]));
    else this.say(hintOf(this, "There is nothing to accept", ["image.next", "shows the next image"]));
  }

  private classFor(annotationId: string | null): number | null {
    return (annotationId === null ? null : this.find(annotationId)?.class_id) ?? this.classId;
  }
}
