/** Detect: clicks on a few objects, or boxes around them, each with its class, propose boxes around all objects. */

import type { Annotation, Box, ClassClick, Method, Point } from "../../api/types";
import { boxFromCorners, distance } from "../../render/coordinates";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import { WAIT_HINT } from "../shared/clicks";
import type { Desk } from "../shared/desk";
import { GatheringSession } from "../shared/gathering";
import { classKeys, hintOf } from "../shared/hints";
import { CLICK_SLACK } from "../shared/session";
import type { Begun, Phase } from "../shared/tool";

const GRAB_PIXELS = 8;
/** Sides of the smallest box that is drawn, in image pixels. */
const SMALLEST = 2;

const placeOf = ({ x, y }: ClassClick): Point => [x, y];

/** It gathers the clicks made while Shift is held. */
export class DetectSession extends GatheringSession<ClassClick> {
  private press: Pointer | null = null;
  private at: Point | null = null;
  /** The box around an object while it is being drawn. */
  private box: Box | null = null;

  constructor(
    desk: Desk,
    private readonly method: Method,
    private readonly takesBoxes: boolean,
  ) {
    super(desk);
  }

  /** Where a click was made just now: until the pointer goes on, what comes next is offered, not what is under it. */
  private made: Point | null = null;

  override phase(): Phase {
    if (this.box !== null) return "prompting";
    if (this.gathered.length > 0 || this.desk.detection.waiting) return "prompting";
    return this.desk.detection.proposals.length > 0 ? "answered" : "idle";
  }

  hint(): string {
    const { desk } = this;
    if (this.box !== null) return hintOf(desk, "Release to find objects like this one", ["back", "cancels"]);
    if (this.gathered.length > 0) {
      return hintOf(desk, "Release Shift to run the model", ["forward", "runs it too"], ["back", "removes these clicks"]);
    }
    if (this.mark() !== null && this.made === null) return "Right-click to remove this click";
    if (desk.detection.hovered !== null && this.made === null) {
      return hintOf(desk, "Click to give this box the chosen class", ["forward", "accepts it"], ["delete", "deletes it"]);
    }
    switch (this.phase()) {
      case "prompting":
        return WAIT_HINT;
      case "answered":
        return hintOf(
          ...[desk, "Click objects without a box or with a wrong class", ["accept-all", "accepts all"]] as const,
          ...(desk.takesBackPrompts() ? [["back", "undoes"] as const] : []),
        );
      default:
        return hintOf(desk, `${classKeys(desk)} chooses a class · ${this.firstStep()}`, ["find", "finds objects without clicking"]);
    }
  }

  override down(pointer: Pointer): void {
    this.press = pointer;
    this.desk.select(null);
  }

  override move(pointer: Pointer): void {
    const before = this.mark();
    this.at = pointer.image;
    if (this.made !== null && distance(this.made, pointer.image) * this.desk.scale > GRAB_PIXELS) this.made = null;
    this.drawBox(pointer);
    if (this.box !== null || this.mark() !== before) this.desk.changed();
  }

  override up(pointer: Pointer): void {
    const { press } = this;
    this.drawBox(pointer);
    const { box } = this;
    this.cancel();
    if (press === null) return;
    if (box !== null) return this.show(box, pointer.shift);
    if (distance(press.screen, pointer.screen) > CLICK_SLACK * 2) return;
    this.at = press.image;
    if (press.button === "right" || press.ctrl) this.takeAway();
    else this.click(press.image, pointer.shift);
  }

  override cancel(): void {
    const isDrawing = this.box !== null;
    this.press = null;
    this.box = null;
    if (isDrawing) this.desk.changed();
  }

  override back(): boolean {
    const isDrawing = this.box !== null;
    if (isDrawing) this.cancel();
    return isDrawing || super.back();
  }

  override released(): void {
    if (this.gathered.length === 0) return;
    const { detection } = this.desk;
    const asked = this.handOver();
    const valid = asked.filter((click, i) => !asked.slice(i + 1).some((later) => this.overrules(later, click)));
    const removed = detection.clicks.filter((click) => asked.some((later) => this.overrules(later, click)));
    detection.ask(valid, removed);
  }

  override forward(): boolean {
    const proposal = this.desk.detection.hovered;
    if (this.gathered.length > 0) this.released();
    else if (proposal !== null) this.desk.detection.take("accept", [proposal]);
    else if (this.desk.detection.proposals.length === 0) return false;
    else this.desk.say(hintOf(this.desk, "Point at a box to accept it", ["accept-all", "accepts all"]));
    return true;
  }

  override discard(): boolean {
    if (this.discardProposal()) return true;
    const accepted = this.at === null || this.desk.selected !== null ? null : this.acceptedAt(this.at);
    if (accepted !== null) this.desk.discard(accepted.id);
    return accepted !== null;
  }

  override remove(): boolean {
    return super.remove() || this.discard();
  }

  override begun(): Begun | null {
    return this.gathered.length > 0 ? { clicks: this.gathered } : null;
  }

  override resume({ clicks = [] }: Begun): void {
    this.gathered = clicks;
  }

  override draw(pen: Pen): void {
    if (this.box !== null) pen.promptBox(this.box);
    for (const click of [...this.desk.detection.clicks, ...this.gathered]) {
      if (click.xyxy) pen.promptBox(click.xyxy, 0.75);
      pen.classMark(placeOf(click), this.desk.colorOfClass(click.class_id));
    }
  }

  private click([x, y]: Point, later: boolean): void {
    const { desk } = this;
    const [width, height] = desk.imageSize;
    const { classId } = desk;
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    if (classId === null) return void desk.hold({ action: "class-click", at: [rounded(x), rounded(y)] });
    const proposal = desk.detection.at([x, y]);
    const accepted = proposal === null ? this.acceptedAt([x, y]) : null;
    if (accepted !== null && accepted.class_id !== classId) {
      desk.edit("class", accepted.id, { class_id: classId });
      desk.say(hintOf(desk, "Changed the class of this box", ["undo", "undoes this"]));
      return;
    }
    this.example({ x: rounded(x), y: rounded(y), class_id: classId }, later);
  }

  /** A box around an object, at least SMALLEST long; without a class there is nothing to find. */
  private show([x0, y0, x1, y1]: Box, later: boolean): void {
    const { classId } = this.desk;
    if (classId === null) return this.desk.say(hintOf(this.desk, `${classKeys(this.desk)} chooses a class; then draw the box again`));
    if (x1 - x0 < SMALLEST || y1 - y0 < SMALLEST) return this.desk.say("Draw a larger box around the object");
    const xyxy: Box = [rounded(x0), rounded(y0), rounded(x1), rounded(y1)];
    this.example({ x: rounded((x0 + x1) / 2), y: rounded((y0 + y1) / 2), class_id: classId, xyxy }, later);
  }

  private example(click: ClassClick, later: boolean): void {
    this.made = placeOf(click);
    this.gather(click);
    if (!later) this.released();
  }

  private drawBox(pointer: Pointer): void {
    const { press } = this;
    if (!this.takesBoxes || press === null || press.button !== "left" || press.ctrl) return;
    if (this.box === null && distance(press.screen, pointer.screen) <= CLICK_SLACK * 2) return;
    this.box = boxFromCorners(this.clamped(press), this.clamped(pointer));
  }

  private firstStep(): string {
    const click = "click two or three of its objects";
    return this.takesBoxes ? `${click}, or drag a box around one` : click;
  }

  /** Whether a click says another class of the same box than an earlier one. */
  private overrules(later: ClassClick, click: ClassClick): boolean {
    const proposal = this.desk.detection.at(placeOf(later));
    return proposal !== null && later.class_id !== click.class_id && this.desk.detection.at(placeOf(click)) === proposal;
  }

  private takeAway(): void {
    const mark = this.mark();
    if (mark !== null) return this.desk.detection.ask([], [mark]);
    if (!this.discardProposal()) this.desk.say("Right-click a click or suggested box to remove it");
  }

  private discardProposal(): boolean {
    const proposal = this.desk.detection.hovered;
    if (proposal !== null) this.desk.detection.take("delete", [proposal]);
    return proposal !== null;
  }

  /** An accepted box that this tool found. */
  private acceptedAt(at: Point): Annotation | null {
    const found = this.desk.hit(at);
    return found?.state === "accepted" && found.provenance.method === this.method ? found : null;
  }

  private mark(): ClassClick | null {
    const { at, desk } = this;
    if (at === null) return null;
    return desk.detection.clicks.findLast((click) => distance(placeOf(click), at) * desk.scale <= GRAB_PIXELS) ?? null;
  }
}

const rounded = (value: number) => Math.round(value * 100) / 100;
