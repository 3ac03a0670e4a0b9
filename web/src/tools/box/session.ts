/** Box: drawn by hand, without a model. */

import type { Box, Point } from "../../api/types";
import { boxFromCorners } from "../../render/coordinates";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import { hintOf } from "../shared/hints";
import { Session } from "../shared/session";
import type { Phase } from "../shared/tool";

const SMALLEST = 2;

export class BoxSession extends Session {
  private from: Point | null = null;
  private box: Box | null = null;

  override phase(): Phase {
    return this.box !== null ? "prompting" : super.phase();
  }

  hint(): string {
    const { desk } = this;
    if (this.box !== null) return hintOf(desk, "Release to add this box", ["back", "cancels"]);
    if (desk.selected !== null) {
      return hintOf(desk, "Drag to draw the next box", ["tool.select", "edits this one"], ["forward", "deselects"]);
    }
    return "Drag a box around an object";
  }

  override down(pointer: Pointer): void {
    if (pointer.button === "left") this.from = this.clamped(pointer);
  }

  override move(pointer: Pointer): void {
    if (this.from === null) return;
    this.box = boxFromCorners(this.from, this.clamped(pointer));
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    this.move(pointer);
    const { box } = this;
    this.cancel();
    if (box === null || box[2] - box[0] < SMALLEST || box[3] - box[1] < SMALLEST) return;
    const id = this.desk.edit("box", null, { state: "accepted", shape: { type: "box", xyxy: box } });
    if (id !== null) this.desk.showMade(id);
  }

  override cancel(): void {
    this.from = null;
    this.box = null;
    this.desk.changed();
  }

  override back(): boolean {
    const busy = this.from !== null;
    this.cancel();
    return busy;
  }

  override draw(pen: Pen): void {
    if (this.box !== null) pen.promptBox(this.box);
  }
}
