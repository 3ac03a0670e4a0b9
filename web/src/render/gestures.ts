/** Pointers on the canvas: either they move the image, or they go to the tool. */

import type { Point } from "../api/types";
import { distance, toImage } from "./coordinates";
import type { Pointer } from "./pointer";
import type { Viewport } from "./viewport";

export interface GestureEvents {
  pointer(kind: "down" | "move" | "up" | "doubleClick", pointer: Pointer): void;
  /** The pointer is over this place without being pressed; null: it left. */
  hover(at: Point | null): void;
  cancel(): void;
  /** A pointer went up at this time (as `performance.now`). */
  released(at: number): void;
}

const WHEEL_LINE = 16;
const WHEEL_STRENGTH = 0.0018;

export class Gestures {
  /** Space is held: a drag moves the image. */
  panKey = false;
  private readonly touches = new Map<number, Point>();
  private panning: number | null = null;
  private acting: number | null = null;
  private last: Point = [0, 0];
  private button: "left" | "right" = "left";

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly viewport: Viewport,
    private readonly events: GestureEvents,
  ) {}

  /** Listens; returns how to stop. */
  attach(): () => void {
    const stop = new AbortController();
    const on = <K extends keyof HTMLElementEventMap>(name: K, run: (event: HTMLElementEventMap[K]) => void) =>
      this.canvas.addEventListener(name, run, { signal: stop.signal, passive: false });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.lost(event));
    on("pointerleave", () => this.acting === null && this.events.hover(null));
    on("dblclick", (event) => event.button === 0 && this.events.pointer("doubleClick", this.pointer(event)));
    on("wheel", (event) => this.wheel(event));
    on("contextmenu", (event) => event.preventDefault());
    return () => stop.abort();
  }

  private place(event: MouseEvent): Point {
    const { left, top } = this.canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  private pointer(event: MouseEvent): Pointer {
    const screen = this.place(event);
    return {
      image: toImage(this.viewport.view, screen),
      screen,
      button: this.button,
      shift: event.shiftKey,
      ctrl: event.ctrlKey || event.metaKey,
    };
  }

  private down(event: PointerEvent): void {
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.place(event);
    if (event.pointerType === "touch") this.touches.set(event.pointerId, at);
    if (this.touches.size === 2) return this.startPinch();
    if (this.touches.size > 2 || this.acting !== null) return;
    if (event.button === 1 || (event.button === 0 && this.panKey)) {
      this.panning = event.pointerId;
      this.last = at;
    } else if (event.button === 0 || event.button === 2) {
      this.acting = event.pointerId;
      this.button = event.button === 2 ? "right" : "left";
      this.events.pointer("down", this.pointer(event));
    }
  }

  private move(event: PointerEvent): void {
    const at = this.place(event);
    if (this.touches.size >= 2) return this.pinch(event.pointerId, at);
    if (this.touches.has(event.pointerId)) this.touches.set(event.pointerId, at);
    if (this.panning === event.pointerId) {
      this.viewport.panBy(this.last[0] - at[0], this.last[1] - at[1], true);
      this.last = at;
    } else if (this.acting === event.pointerId) {
      for (const part of event.getCoalescedEvents?.() ?? []) this.events.pointer("move", this.pointer(part));
      this.events.pointer("move", this.pointer(event));
    } else {
      const pointer = this.pointer(event);
      this.events.hover(pointer.image);
      this.events.pointer("move", pointer);
    }
  }

  private up(event: PointerEvent): void {
    this.touches.delete(event.pointerId);
    if (this.panning === event.pointerId) this.panning = null;
    if (this.acting !== event.pointerId) return;
    this.acting = null;
    this.events.released(event.timeStamp);
    this.events.pointer("up", this.pointer(event));
    this.button = "left";
  }

  private lost(event: PointerEvent): void {
    this.touches.delete(event.pointerId);
    this.panning = null;
    if (this.acting === event.pointerId) this.events.cancel();
    this.acting = null;
  }

  private startPinch(): void {
    if (this.acting !== null) this.events.cancel();
    this.acting = this.panning = null;
  }

  private pinch(id: number, at: Point): void {
    const before = this.touches.get(id);
    const other = [...this.touches].find(([key]) => key !== id)?.[1];
    this.touches.set(id, at);
    if (before === undefined || other === undefined) return;
    this.viewport.panBy((before[0] - at[0]) / 2, (before[1] - at[1]) / 2, true);
    const middle: Point = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    this.viewport.zoomBy(distance(at, other) / Math.max(1, distance(before, other)), middle, true);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1);
    const strength = event.ctrlKey ? WHEEL_STRENGTH * 5 : WHEEL_STRENGTH; // a pinch on a touch pad comes in small steps
    this.viewport.zoomBy(Math.exp(-pixels * strength), this.place(event));
  }
}
