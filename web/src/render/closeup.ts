/** One suggestion, centred and enlarged, with the accepted objects around it. */

import type { Annotation, Box, Point, Question, Shape } from "../api/types";
import { type View, visibleBox } from "./coordinates";
import { handlesOf } from "./handles";
import { isPoint, Painter } from "./painter";
import { Pen } from "./pen";
import { Pictures } from "./pictures";
import { boundsOf } from "./shapes";

/** How many times larger than the suggestion, or than an area, the shown part is. */
const CONTEXT = 3;
const AREA_CONTEXT = 1.2;
/** Image pixels that are shown at least. */
const SMALLEST = 48;
/** The part around a point, in image pixels. */
const AROUND_POINT = 160;
const SHARP_FROM = 4;

export interface Closeup {
  view: View;
  picture: { source: CanvasImageSource; box: Box } | null;
  /** The shape in question, and whether a person can drag its handles. */
  shape: Shape;
  /** Where a point that would move is now. */
  from: Point | null;
  color: string;
  canPull: boolean;
  /** An object that is being added instead. */
  added: { shape: Shape; color: string } | null;
  around: readonly { annotation: Annotation; color: string }[];
}

/** The view that shows a shape in the middle of a canvas, with its surroundings. */
export function viewAround({ kind, shape }: Pick<Question, "kind" | "shape">, width: number, height: number): View {
  const [x0, y0, x1, y1] = boundsOf(shape);
  const context = kind === "area" ? AREA_CONTEXT : CONTEXT;
  const side = shape.type === "point" ? AROUND_POINT : Math.max(SMALLEST, context * Math.max(x1 - x0, y1 - y0));
  const scale = Math.min(width, height) / side;
  return { scale, x: width / 2 - ((x0 + x1) / 2) * scale, y: height / 2 - ((y0 + y1) / 2) * scale };
}

export class CloseupPainter {
  private readonly pictures = new Pictures();

  constructor(private readonly canvas: HTMLCanvasElement) {}

  draw({ view, picture, shape, from, color, canPull, added, around }: Closeup): void {
    const context = this.canvas.getContext("2d")!;
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    context.imageSmoothingEnabled = view.scale < SHARP_FROM;
    if (picture !== null) {
      const [x0, y0, x1, y1] = picture.box;
      context.drawImage(picture.source, x0, y0, x1 - x0, y1 - y0);
    }
    const painter = new Painter(context, this.pictures, view.scale);
    for (const each of around) painter.object(each.annotation, each.color, 0, false);
    if (from !== null && isPoint(shape)) painter.arrows([{ from, to: [shape.x, shape.y] }], color);
    painter.emphasised(shape, painter.outline(shape), color, true);
    if (added !== null) painter.emphasised(added.shape, painter.outline(added.shape), added.color);
    const pulled = added?.shape ?? (canPull ? shape : null);
    if (pulled === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    new Pen(context, view, color).handles(handlesOf(pulled, view.scale));
  }
}

/** The shown part of an image as fractions of its sides: left, top, width and height, within it. */
export function shownPart(view: View, canvas: [width: number, height: number], image: [width: number, height: number]): Box {
  const [x0, y0, x1, y1] = visibleBox(view, ...canvas);
  const within = (at: number, length: number) => Math.min(1, Math.max(0, at / length));
  const [left, top] = [within(x0, image[0]), within(y0, image[1])];
  return [left, top, within(x1, image[0]) - left, within(y1, image[1]) - top];
}
