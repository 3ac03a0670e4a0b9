/** What the tools' sessions have in common. */

import type { Annotation, Point } from "../../api/types";
import { clampPoint } from "../../render/coordinates";
import type { Pen } from "../../render/pen";
import type { Pointer } from "../../render/pointer";
import type { Draft } from "../../render/scene";
import type { Desk } from "./desk";
import type { Begun, Phase, ToolSession } from "./tool";

/** Pixels on the screen that a pointer may wander and still click. */
export const CLICK_SLACK = 4;

/** A tool that does nothing: the ground that tools stand on. */
export abstract class Session implements ToolSession {
  constructor(protected readonly desk: Desk) {}

  abstract hint(): string;

  phase(): Phase {
    const { selected } = this.desk;
    if (selected === null) return "idle";
    if (this.desk.waiting(selected.id)) return "prompting";
    return selected.state === "accepted" ? "accepted" : "answered";
  }

  cursor(_at: Point | null): string {
    return "crosshair";
  }

  down(_pointer: Pointer): void {}
  move(_pointer: Pointer): void {}
  up(_pointer: Pointer): void {}
  doubleClick(_pointer: Pointer): void {}
  cancel(): void {}
  released(): void {}

  forward(): boolean {
    return false;
  }

  back(): boolean {
    return false;
  }

  another(): boolean {
    return false;
  }

  remove(): boolean {
    return false;
  }

  discard(): boolean {
    return false;
  }

  second(): Annotation | null {
    return null;
  }

  merge(): boolean {
    return false;
  }

  undo(): boolean {
    return false;
  }

  redo(): boolean {
    return false;
  }

  begun(): Begun | null {
    return null;
  }

  resume(_begun: Begun): void {}

  draft(): Draft | null {
    return null;
  }

  draw(_pen: Pen): void {}

  /** Where on the image a pointer is, or next to it. */
  protected clamped(pointer: Pointer): Point {
    return clampPoint(pointer.image, ...this.desk.imageSize);
  }
}
