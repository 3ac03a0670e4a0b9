/** Select: pick an object, move it, or drag the handles of its box or the corners of its polygon. */

import type { Annotation, Box, Point, Shape } from "../api/types";
import { clampPoint, distance } from "../render/coordinates";
import { contains, moved } from "../render/shapes";
import { classKeys, hintOf } from "./hints";
import { CLICK_SLACK, type Draft, type Pointer, Session, type Tool } from "./tool";

const GRAB_PIXELS = 8;

/** Where a box is held: -1, 0, 1 for left, middle, right and top, middle, bottom. */
interface BoxHandle {
  kind: "box";
  h: -1 | 0 | 1;
  v: -1 | 0 | 1;
  at: Point;
}

interface VertexHandle {
  kind: "vertex";
  ring: number;
  index: number;
  at: Point;
}

type Grip = BoxHandle | VertexHandle | { kind: "body"; at: Point };

export function handlesOf(shape: Shape): (BoxHandle | VertexHandle)[] {
  if (shape.type === "mask" || shape.type === "oriented_box") return [];
  if (shape.type === "box") return boxHandles(shape.xyxy);
  return shape.rings.flatMap((ring, r) =>
    Array.from({ length: ring.length / 2 }, (_, i): VertexHandle => {
      return { kind: "vertex", ring: r, index: i, at: [ring[2 * i]!, ring[2 * i + 1]!] };
    }),
  );
}

function boxHandles([x0, y0, x1, y1]: Box): BoxHandle[] {
  const sides = [-1, 0, 1] as const;
  const pick = (side: number, low: number, high: number) => (side < 0 ? low : side > 0 ? high : (low + high) / 2);
  return sides
    .flatMap((v) => sides.map((h) => [h, v] as const))
    .filter(([h, v]) => h !== 0 || v !== 0)
    .map(([h, v]) => ({ kind: "box", h, v, at: [pick(h, x0, x1), pick(v, y0, y1)] }));
}

function pulled(shape: Shape, grip: Grip, to: Point): Shape {
  if (grip.kind === "body") return moved(shape, to[0] - grip.at[0], to[1] - grip.at[1]);
  if (shape.type === "box" && grip.kind === "box") return { type: "box", xyxy: pulledBox(shape.xyxy, grip, to) };
  if (shape.type !== "polygons" || grip.kind !== "vertex") return shape;
  const rings = shape.rings.map((ring) => [...ring]);
  rings[grip.ring]!.splice(2 * grip.index, 2, ...to);
  return { type: "polygons", rings };
}

function pulledBox([x0, y0, x1, y1]: Box, { h, v }: BoxHandle, [x, y]: Point): Box {
  const xs = h < 0 ? [x, x1] : h > 0 ? [x0, x] : [x0, x1];
  const ys = v < 0 ? [y, y1] : v > 0 ? [y0, y] : [y0, y1];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

class SelectSession extends Session {
  private press: Pointer | null = null;
  private held: { target: Annotation; grip: Grip } | null = null;
  private pulling: Shape | null = null;

  hint(): string {
    const { desk } = this;
    const { selected } = desk;
    if (this.pulling !== null) return hintOf(desk, "Release to keep it here", ["back", "puts it back"]);
    if (selected === null) return hintOf(desk, "Click an object to select it", ["forward", "selects the next proposal"]);
    return hintOf(
      desk,
      howToChange(selected.shape),
      `${classKeys(desk)} changes its class`,
      ["delete", "deletes it"],
      ["forward", selected.state === "proposed" ? "accepts" : "goes on"],
    );
  }

  override cursor(at: Point | null): string {
    const grip = at === null ? null : this.gripAt(at);
    if (grip?.kind === "box") return boxCursor(grip);
    if (grip !== null) return "move";
    return at !== null && this.desk.hit(at) !== null ? "pointer" : "default";
  }

  override down(pointer: Pointer): void {
    if (pointer.button !== "left") return;
    this.press = pointer;
    const { selected } = this.desk;
    const grip = this.gripAt(pointer.image);
    this.held = selected !== null && grip !== null ? { target: selected, grip } : null;
  }

  override move(pointer: Pointer): void {
    if (this.press === null || this.held === null) return;
    const far = distance(this.press.screen, pointer.screen) > CLICK_SLACK;
    if (this.pulling === null && !far) return;
    const { target, grip } = this.held;
    const to = grip.kind === "body" ? pointer.image : clampPoint(pointer.image, ...this.desk.imageSize);
    this.pulling = pulled(target.shape!, grip, to);
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    const { press, held, pulling } = this;
    this.cancel();
    if (press === null) return;
    if (held !== null && pulling !== null) this.desk.edit("move", held.target.id, { shape: pulling });
    else if (distance(press.screen, pointer.screen) <= CLICK_SLACK) this.pick(press.image);
  }

  override cancel(): void {
    this.press = this.held = this.pulling = null;
    this.desk.changed();
  }

  override back(): boolean {
    const busy = this.pulling !== null;
    this.cancel();
    return busy;
  }

  override draft(): Draft | null {
    if (this.held === null || this.pulling === null) return null;
    return { id: this.held.target.id, shape: this.pulling, bitmap: null, touched: null };
  }

  /** A second click on the same place takes the next larger object there. */
  private pick(at: Point): void {
    const under = this.desk.hits(at);
    const current = under.findIndex((annotation) => annotation.id === this.desk.selected?.id);
    this.desk.select(under[(current + 1) % Math.max(1, under.length)]?.id ?? null);
  }

  private gripAt(at: Point): Grip | null {
    const shape = this.desk.selected?.shape;
    if (!shape || shape.type === "mask") return null;
    const near = handlesOf(shape).find((handle) => distance(handle.at, at) * this.desk.scale <= GRAB_PIXELS);
    if (near !== undefined) return near;
    return contains(shape, at) ? { kind: "body", at } : null;
  }
}

function howToChange(shape: Shape | null): Parameters<typeof hintOf>[1] {
  if (shape?.type === "mask") return ["tool.segment", "corrects it by clicks"];
  return shape?.type === "oriented_box" ? "Drag it" : "Drag it or its handles";
}

function boxCursor({ h, v }: BoxHandle): string {
  if (h === 0) return "ns-resize";
  if (v === 0) return "ew-resize";
  return h === v ? "nwse-resize" : "nesw-resize";
}

export const select: Tool = {
  id: "select",
  label: "Select",
  about: "Pick, move, resize or delete an object",
  start: (desk) => new SelectSession(desk),
};
