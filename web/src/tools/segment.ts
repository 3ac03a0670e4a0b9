/** Segment: a box (or a click) starts an object, clicks correct it. */

import type { Box, Prompt } from "../api/types";
import { boxFromCorners, clampPoint, distance } from "../render/coordinates";
import type { Pen } from "../render/pen";
import { clickPrompt, correctHint, reopenHint, WAIT_HINT } from "./clicks";
import { hintOf } from "./hints";
import { type Begun, CLICK_SLACK, type Phase, type Pointer, Session, type Tool } from "./tool";

class SegmentSession extends Session {
  private press: Pointer | null = null;
  private box: Box | null = null;
  /** Prompts given while Shift is held, and the object that they are for (null: a new one). */
  private collected: Prompt[] = [];
  private taken: Prompt[] = [];
  private target: string | null = null;

  override phase(): Phase {
    return this.collected.length > 0 || this.box !== null ? "prompting" : super.phase();
  }

  hint(): string {
    const { desk } = this;
    if (this.collected.length > 0) {
      return hintOf(desk, "Release Shift for one answer to all", ["forward", "asks too"], ["back", "forgets them"]);
    }
    if (this.box !== null) return "Release to ask for the object in this box";
    switch (this.phase()) {
      case "prompting":
        return WAIT_HINT;
      case "answered":
        return correctHint(this.desk);
      case "accepted":
        return reopenHint(this.desk);
      case "idle":
        return hintOf(desk, "Drag a box around an object, or click on it", ["forward", "selects the next proposal"]);
    }
  }

  override down(pointer: Pointer): void {
    this.press = pointer;
  }

  override move(pointer: Pointer): void {
    if (this.press === null || this.press.button !== "left") return;
    const far = distance(this.press.screen, pointer.screen) > CLICK_SLACK;
    if (this.box === null && !far) return;
    const [width, height] = this.desk.imageSize;
    const corner = (at: Pointer) => clampPoint(at.image, width, height);
    this.box = boxFromCorners(corner(this.press), corner(pointer));
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
    if (this.collected.length === 0) return;
    const prompts = this.collected;
    const { target } = this;
    this.forget();
    if (target !== null && this.desk.find(target) === null) return this.desk.say("The object of these clicks is gone");
    this.desk.respond(target, prompts);
  }

  override back(): boolean {
    const busy = this.press !== null || this.collected.length > 0;
    this.cancel();
    this.forget();
    return busy;
  }

  override forward(): boolean {
    if (this.collected.length === 0) return false;
    this.released();
    return true;
  }

  override undo(): boolean {
    const last = this.collected.pop();
    if (last === undefined) return false;
    this.taken.push(last);
    this.desk.changed();
    return true;
  }

  override redo(): boolean {
    const last = this.taken.pop();
    if (last === undefined || this.collected.length === 0) return false;
    this.collected.push(last);
    this.desk.changed();
    return true;
  }

  override begun(): Begun | null {
    if (this.collected.length === 0) return null;
    return { prompts: this.collected, ...(this.target === null ? {} : { annotationId: this.target }) };
  }

  override resume({ prompts = [], annotationId }: Begun): void {
    this.collected = prompts;
    this.target = annotationId ?? null;
    if (annotationId !== undefined) this.desk.select(annotationId);
  }

  override draw(pen: Pen): void {
    if (this.box !== null) pen.promptBox(this.box);
    pen.prompts(this.collected);
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
    const prompt = clickPrompt(pointer);
    if (this.desk.selected === null && this.collected.length === 0) {
      if (!prompt.adds) return this.desk.say("Click on the object first; right clicks take away from it");
      const hit = this.desk.hit(pointer.image);
      if (hit !== null) return this.desk.select(hit.id);
    }
    this.give([prompt], pointer.shift);
  }

  private give(prompts: Prompt[], later: boolean): void {
    if (this.collected.length === 0) this.target = this.desk.selected?.id ?? null;
    this.collected.push(...prompts);
    this.taken = [];
    if (later) this.desk.changed();
    else this.released();
  }

  private forget(): void {
    this.collected = [];
    this.taken = [];
    this.desk.changed();
  }
}

export const segment: Tool = {
  id: "segment",
  label: "Segment",
  about: "Drag a box or click on an object, then click what is wrong",
  start: (desk) => new SegmentSession(desk),
};
