/** Segment: a box (or a click) starts an object, clicks correct it. */

import type { Box, Prompt } from "../../api/types";
import { boxFromCorners, distance } from "../../render/coordinates";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import { clickHint, clickPrompt } from "../shared/clicks";
import type { Desk } from "../shared/desk";
import { GatheringSession } from "../shared/gathering";
import { hintOf } from "../shared/hints";
import { CLICK_SLACK } from "../shared/session";
import type { Begun, Phase } from "../shared/tool";

/** It gathers prompts while Shift is held. */
export class SegmentSession extends GatheringSession<Prompt> {
  private press: Pointer | null = null;
  private box: Box | null = null;
  /** The object that the gathered prompts are for (null: a new one). */
  private target: string | null = null;

  /** `takes`: the kinds of prompt that the model takes. */
  constructor(
    desk: Desk,
    private readonly takes: readonly string[] = ["box", "click", "another_mask"],
  ) {
    super(desk);
  }

  override phase(): Phase {
    return this.box !== null ? "prompting" : super.phase();
  }

  hint(): string {
    const { desk } = this;
    if (this.gathered.length > 0) {
      return hintOf(desk, "Release Shift to run the model", ["forward", "runs it too"], ["back", "removes these clicks"]);
    }
    if (this.box !== null) return "Release to outline the object in this box";
    const begin = this.takes.includes("box") ? "Drag a box around an object, or click on it" : "Click on an object";
    const open = desk.objects.some(({ state }) => state === "proposed");
    const other = this.mayMeanMore() ? hintOf(desk, ["another-mask", "shows another mask"]) : "";
    return clickHint(desk, this.phase(), open ? hintOf(desk, begin, ["forward", "selects the next suggestion"]) : begin, other);
  }

  override down(pointer: Pointer): void {
    this.press = pointer;
  }

  override move(pointer: Pointer): void {
    if (this.press === null || this.press.button !== "left") return;
    const far = distance(this.press.screen, pointer.screen) > CLICK_SLACK;
    if (!this.takes.includes("box") || (this.box === null && !far)) return;
    this.box = boxFromCorners(this.clamped(this.press), this.clamped(pointer));
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    const { press, box } = this;
    this.cancel();
    if (press === null) return;
    if (box === null) this.click({ ...press, shift: pointer.shift });
    else if (box[2] - box[0] >= 1 && box[3] - box[1] >= 1) this.startWithBox(box, pointer.shift);
  }

  override cancel(): void {
    this.press = null;
    this.box = null;
    this.desk.changed();
  }

  override released(): void {
    if (this.gathered.length === 0) return;
    const { target } = this;
    const prompts = this.handOver();
    if (target !== null && this.desk.find(target) === null) return this.desk.say("The object you clicked on no longer exists");
    this.desk.respond(target, prompts);
  }

  override back(): boolean {
    const busy = this.press !== null;
    this.cancel();
    return super.back() || busy;
  }

  override forward(): boolean {
    if (this.gathered.length === 0) return false;
    this.released();
    return true;
  }

  override another(): boolean {
    const { selected } = this.desk;
    if (selected === null) return false;
    if (this.mayMeanMore()) this.desk.respond(selected.id, [{ type: "another_mask" }]);
    else if (selected.state !== "proposed" || selected.prompts.length === 0) return false;
    else this.desk.say("Another mask is available only after a single click");
    return true;
  }

  override begun(): Begun | null {
    if (this.gathered.length === 0) return null;
    return { prompts: this.gathered, ...(this.target === null ? {} : { annotationId: this.target }) };
  }

  override resume({ prompts = [], annotationId }: Begun): void {
    this.gathered = prompts;
    this.target = annotationId ?? null;
    if (annotationId !== undefined) this.desk.select(annotationId);
  }

  override draw(pen: Pen): void {
    if (this.box !== null) pen.promptBox(this.box);
    pen.prompts(this.gathered);
  }

  /** A single click can mean a part, an object or a group. */
  private mayMeanMore(): boolean {
    const { selected } = this.desk;
    if (!this.takes.includes("another_mask") || selected === null || selected.base !== null) return false;
    const others = selected.prompts.filter(({ type }) => type !== "another_mask");
    return others.length === 1 && others[0]?.type === "click";
  }

  private startWithBox(xyxy: Box, shift: boolean): void {
    this.released();
    this.desk.select(null);
    this.give([{ type: "box", xyxy }], shift);
  }

  private click(pointer: Pointer): void {
    const [x, y] = pointer.image;
    const [width, height] = this.desk.imageSize;
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    if (!this.takes.includes("click")) return this.desk.say("This model takes boxes only: drag one around the object");
    const prompt = clickPrompt(pointer);
    if (this.desk.selected === null && this.gathered.length === 0) {
      if (!prompt.adds) return this.desk.say("Click on the object first, then right-click the area to remove");
      const hit = this.desk.hits(pointer.image).find(({ shape }) => shape?.type !== "point");
      if (hit !== undefined) return this.desk.select(hit.id);
    }
    this.give([prompt], pointer.shift);
  }

  private give(prompts: Prompt[], later: boolean): void {
    if (this.gathered.length === 0) this.target = this.desk.selected?.id ?? null;
    this.gather(...prompts);
    if (!later) this.released();
  }
}
