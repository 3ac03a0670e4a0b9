/** The keyboard cursor: everything that a mouse can do on the image, by keys. */

import type { Point } from "../api/types";
import { clampPoint, type View, visibleBox } from "../render/coordinates";
import type { Pointer } from "../render/pointer";
import type { Bench } from "./bench.svelte";

const STEP_PIXELS = 16;

export class KeyboardCursor {
  at = $state<Point | null>(null);
  pressed = $state(false);
  private shift = false;

  constructor(
    private readonly bench: Bench,
    private readonly view: () => { view: View; width: number; height: number },
  ) {}

  /** Moves by steps on the screen, or by image pixels; appears in the middle of what is shown. */
  move(dx: number, dy: number, fine: boolean): void {
    if (!this.bench.isOpen) return;
    const { view } = this.view();
    const step = fine ? 1 : Math.max(1, STEP_PIXELS / view.scale);
    const from = this.at ?? this.middle();
    const to: Point = this.at === null ? from : [from[0] + dx * step, from[1] + dy * step];
    this.at = clampPoint([Math.round(to[0]), Math.round(to[1])], ...this.bench.imageSize);
    this.bench.hover(this.at);
    this.bench.pointer("move", this.pointer("left"));
    this.bench.changed();
  }

  click(button: "left" | "right", shift = false): void {
    if (this.at === null) return this.move(0, 0, false);
    this.drop();
    this.shift = shift;
    this.bench.pointer("down", this.pointer(button));
    this.bench.pointer("up", this.pointer(button));
  }

  /** The first press starts a drag, the second ends it. */
  drag(shift = false): void {
    if (this.at === null || !this.bench.isOpen) return this.move(0, 0, false);
    this.pressed = !this.pressed;
    if (this.pressed) this.shift = shift;
    this.bench.pointer(this.pressed ? "down" : "up", this.pointer("left"));
  }

  /** The mouse has taken over. */
  leave(): void {
    this.drop();
    this.at = null;
  }

  /** Gives up a drag; true if there was one. */
  drop(): boolean {
    const had = this.pressed;
    if (had) this.bench.session.cancel();
    this.pressed = false;
    return had;
  }

  private middle(): Point {
    const { view, width, height } = this.view();
    const [x0, y0, x1, y1] = visibleBox(view, width, height);
    return clampPoint([(x0 + x1) / 2, (y0 + y1) / 2], ...this.bench.imageSize);
  }

  private pointer(button: "left" | "right"): Pointer {
    const { view } = this.view();
    const [x, y] = this.at!;
    const screen: Point = [x * view.scale + view.x, y * view.scale + view.y];
    return { image: [x, y], screen, button, shift: this.shift, ctrl: false };
  }
}
