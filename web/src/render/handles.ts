/** Where a shape can be held, and what pulling there makes of it. */

import type { Box, BoxShape, OrientedBoxShape, Point, Shape } from "../api/types";
import { distance } from "./coordinates";
import { contains, moved } from "./shapes";

export const GRAB_PIXELS = 8;
/** Screen pixels from a box to the handle that turns it. */
const STEM_PIXELS = 24;
/** Screen pixels that a side needs to have a handle of its own between its corners. */
const LONG_PIXELS = 40;
/** Image pixels; a box cannot be pulled smaller. */
const SMALLEST = 0.5;
const QUARTER = Math.PI / 2;
const SNAP = Math.PI / 12;

/** Where a box is held: -1, 0, 1 for left, middle, right and top, middle, bottom, as seen along its sides. */
export interface SideHandle {
  kind: "side";
  h: -1 | 0 | 1;
  v: -1 | 0 | 1;
  at: Point;
}

/** Turns a box; `from` is the middle of the side that it stands on. */
export interface TurnHandle {
  kind: "turn";
  at: Point;
  from: Point;
}

export interface VertexHandle {
  kind: "vertex";
  ring: number;
  index: number;
  at: Point;
}

export type Handle = SideHandle | TurnHandle | VertexHandle;
export type Grip = Handle | { kind: "body"; at: Point };

/** `scale`: screen pixels for one image pixel. */
export function handlesOf(shape: Shape, scale: number): Handle[] {
  if (shape.type === "mask" || shape.type === "point") return [];
  if (shape.type !== "polygons") return [turnHandle(oriented(shape), scale), ...sideHandles(oriented(shape), scale)];
  return shape.rings.flatMap((ring, r) =>
    Array.from({ length: ring.length / 2 }, (_, i): VertexHandle => {
      return { kind: "vertex", ring: r, index: i, at: [ring[2 * i]!, ring[2 * i + 1]!] };
    }),
  );
}

/** The handle at a point, or the shape itself. */
export function gripAt(shape: Shape, at: Point, scale: number): Grip | null {
  if (shape.type === "point") return distance(at, [shape.x, shape.y]) * scale <= GRAB_PIXELS ? { kind: "body", at } : null;
  const reach = shape.type === "box" || shape.type === "oriented_box" ? reachOf(oriented(shape), scale) : GRAB_PIXELS;
  const near = handlesOf(shape, scale).find((handle) => distance(handle.at, at) * scale <= reach);
  if (near !== undefined) return near;
  return shape.type !== "mask" && contains(shape, at) ? { kind: "body", at } : null;
}

/** `steadily`: turns by steps. */
export function pulled(shape: Shape, grip: Grip, to: Point, steadily: boolean): Shape {
  if (grip.kind === "body") return moved(shape, to[0] - grip.at[0], to[1] - grip.at[1]);
  if (shape.type === "polygons" && grip.kind === "vertex") {
    const rings = shape.rings.map((ring) => [...ring]);
    rings[grip.ring]!.splice(2 * grip.index, 2, ...to);
    return { type: "polygons", rings };
  }
  if (shape.type === "box" && grip.kind === "side") return { type: "box", xyxy: pulledBox(shape.xyxy, grip, to) };
  if (shape.type !== "box" && shape.type !== "oriented_box") return shape;
  if (grip.kind === "turn") return turned(oriented(shape), to, steadily);
  return grip.kind === "side" ? pulledSides(oriented(shape), grip, to) : shape;
}

export function cursorOf(grip: Grip, shape: Shape): string {
  if (grip.kind === "turn") return "grab";
  if (grip.kind !== "side") return "move";
  const angle = shape.type === "oriented_box" ? shape.angle : 0;
  const way = Math.atan2(grip.v, grip.h) + angle;
  const cursors = ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"];
  return cursors[(Math.round(way / (Math.PI / 4)) + 8) % 4]!;
}

/** An upright box as one of the angle 0. */
function oriented(shape: BoxShape | OrientedBoxShape): OrientedBoxShape {
  if (shape.type === "oriented_box") return shape;
  const [x0, y0, x1, y1] = shape.xyxy;
  return { type: "oriented_box", cx: (x0 + x1) / 2, cy: (y0 + y1) / 2, w: x1 - x0, h: y1 - y0, angle: 0 };
}

/** The place in the image of what lies at (x, y) in the box's own frame. */
function placed({ cx, cy }: OrientedBoxShape, angle: number, [x, y]: Point): Point {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [cx + x * cos - y * sin, cy + x * sin + y * cos];
}

function sideHandles(box: OrientedBoxShape, scale: number): SideHandle[] {
  const sides = [-1, 0, 1] as const;
  return sides
    .flatMap((v) => sides.map((h) => [h, v] as const))
    .filter(([h, v]) => (h !== 0 || box.w * scale >= LONG_PIXELS) && (v !== 0 || box.h * scale >= LONG_PIXELS) && (h !== 0 || v !== 0))
    .map(([h, v]) => ({ kind: "side", h, v, at: placed(box, box.angle, [(h * box.w) / 2, (v * box.h) / 2]) }));
}

/** On the side that is uppermost now. */
function turnHandle(box: OrientedBoxShape, scale: number): TurnHandle {
  const half = (quarters(box.angle) % 2 === 0 ? box.h : box.w) / 2;
  const at = (y: number) => placed(box, tilt(box.angle), [0, -y]);
  return { kind: "turn", at: at(half + STEM_PIXELS / scale), from: at(half) };
}

const quarters = (angle: number) => Math.round(angle / QUARTER);
/** How far the uppermost side leans, within an eighth of a turn. */
const tilt = (angle: number) => angle - quarters(angle) * QUARTER;

/** Small boxes have room between their handles to be moved. */
const reachOf = ({ w, h }: OrientedBoxShape, scale: number) => Math.min(GRAB_PIXELS, Math.max(3, (Math.min(w, h) * scale) / 3));

function turned(box: OrientedBoxShape, [x, y]: Point, steadily: boolean): OrientedBoxShape {
  const leans = Math.atan2(y - box.cy, x - box.cx) + QUARTER;
  const wanted = steadily ? Math.round(leans / SNAP) * SNAP : leans;
  return { ...box, angle: box.angle + wanted - tilt(box.angle) };
}

/** The opposite sides stay where they are. */
function pulledSides(box: OrientedBoxShape, { h, v }: SideHandle, to: Point): OrientedBoxShape {
  const [dx, dy] = [to[0] - box.cx, to[1] - box.cy];
  const [cos, sin] = [Math.cos(box.angle), Math.sin(box.angle)];
  const [x, w] = stretched(h, box.w, dx * cos + dy * sin);
  const [y, height] = stretched(v, box.h, dy * cos - dx * sin);
  const [cx, cy] = placed(box, box.angle, [x, y]);
  return { ...box, cx, cy, w, h: height };
}

/** The middle and the length of a side of which one end (-1 or 1) goes to `to`; 0: neither does. */
function stretched(end: -1 | 0 | 1, length: number, to: number): [middle: number, length: number] {
  if (end === 0) return [0, length];
  const fixed = (-end * length) / 2;
  const reached = Math.abs(to - fixed) < SMALLEST ? fixed + end * SMALLEST : to;
  return [(fixed + reached) / 2, Math.abs(reached - fixed)];
}

function pulledBox([x0, y0, x1, y1]: Box, { h, v }: SideHandle, [x, y]: Point): Box {
  const xs = h < 0 ? [x, x1] : h > 0 ? [x0, x] : [x0, x1];
  const ys = v < 0 ? [y, y1] : v > 0 ? [y0, y] : [y0, y1];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
