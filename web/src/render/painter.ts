/** Draws shapes in image coordinates: fills, and lines that keep their width on the screen. */

import type { Annotation, Box, BoxShape, OrientedBoxShape, PointShape, Shape } from "../api/types";
import { addArrow, type Way } from "./arrows";
import { addBrackets } from "./brackets";
import type { Mark } from "./marks";
import { levelAt, type Pictures } from "./pictures";

export const SHADE = "rgba(0, 0, 0, 0.45)";
export const CORNER_WIDTH = 1.6;
const WHITE = "#ffffff";
const DASH = [7, 5];
/** Masks are filled from their bitmap up to this zoom, along their outline beyond it. */
const LARGEST_BITMAP_SCALE = 1.25;

export const isBox = (shape: Shape): shape is BoxShape | OrientedBoxShape => shape.type === "box" || shape.type === "oriented_box";

export const isPoint = (shape: Shape | null): shape is PointShape => shape?.type === "point";

export class Painter {
  constructor(
    readonly context: CanvasRenderingContext2D,
    private readonly pictures: Pictures,
    /** Screen pixels of an image pixel. */
    private readonly scale: number,
  ) {}

  /** An object that is not selected; `strength`: of its fill. */
  object({ shape, state }: Annotation, color: string, strength: number, hovered: boolean): void {
    const proposed = state === "proposed";
    if (isPoint(shape)) return this.marks([markOf(shape, color, proposed, hovered ? "hovered" : "plain")]);
    this.fill(shape!, color, strength);
    if (isBox(shape!) && proposed) {
      const corners = new Path2D();
      addBrackets(corners, shape, this.scale);
      if (hovered) this.line(this.pictures.outline(shape, 0), color, 1);
      this.line(corners, SHADE, hovered ? 4.5 : CORNER_WIDTH + 1.2);
      return this.line(corners, color, hovered ? 3 : CORNER_WIDTH);
    }
    const path = this.outline(shape!);
    this.line(path, SHADE, 3.2);
    this.line(path, color, 1.8, proposed);
  }

  outline(shape: Shape): Path2D {
    return this.pictures.outline(shape, levelAt(this.scale));
  }

  halo(path: Path2D, color: string, dashed = false): void {
    this.line(path, "rgba(0, 0, 0, 0.5)", 5.5);
    this.line(path, WHITE, 4);
    this.line(path, color, 2, dashed);
  }

  /** What is selected or being changed. */
  emphasised(shape: Shape, path: Path2D, color: string, dashed = false): void {
    if (isPoint(shape)) this.marks([markOf(shape, color, dashed, "selected")]);
    else this.halo(path, color, dashed);
  }

  /** Points, on whole pixels of the screen. */
  marks(marks: readonly Mark[]): void {
    const { context } = this;
    const { a: zoom, e: left, f: top } = context.getTransform();
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const mark of marks) {
      const picture = this.pictures.marks.picture(mark, zoom / this.scale);
      const half = picture.width / 2;
      context.drawImage(picture, Math.round(mark.x * zoom + left - half), Math.round(mark.y * zoom + top - half));
    }
    context.restore();
  }

  /** Arrows of one colour, in a few strokes. */
  arrows(arrows: readonly Way[], color: string, emphasised = false): void {
    const path = new Path2D();
    for (const arrow of arrows) addArrow(path, arrow, this.scale);
    const extra = emphasised ? 1.6 : 0;
    this.context.lineCap = "round";
    this.line(path, SHADE, 4.6 + extra);
    this.line(path, WHITE, 3.2 + extra);
    this.line(path, color, 1.6 + extra);
    this.context.lineCap = "butt";
  }

  /** For an object that has just changed: white alone, so that it does not look selected. */
  changed({ shape, state }: Annotation): void {
    const path = this.outline(shape!);
    this.line(path, "rgba(0, 0, 0, 0.7)", 5);
    this.line(path, WHITE, 2.5, state === "proposed");
  }

  fill(shape: Shape, color: string, strength: number): void {
    if (strength <= 0) return;
    // Enlarged, a bitmap would be blurred, or have steps that its outline does not have.
    if (shape.type === "mask" && this.scale < LARGEST_BITMAP_SCALE) {
      return this.image(this.pictures.fill(shape, color, levelAt(this.scale)), shape.xyxy, Math.min(1, strength));
    }
    this.context.globalAlpha = Math.min(1, strength * (shape.type === "box" ? 0.5 : 1));
    this.context.fillStyle = color;
    this.context.fill(this.outline(shape), "evenodd");
    this.context.globalAlpha = 1;
  }

  image(canvas: HTMLCanvasElement, [x0, y0, x1, y1]: Box, strength: number): void {
    this.context.globalAlpha = strength;
    this.context.drawImage(canvas, x0, y0, x1 - x0, y1 - y0);
    this.context.globalAlpha = 1;
  }

  line(path: Path2D, color: string, width: number, dashed = false): void {
    const { context, scale } = this;
    context.lineJoin = "round";
    context.strokeStyle = color;
    context.lineWidth = width / scale;
    context.setLineDash(dashed ? DASH.map((length) => length / scale) : []);
    context.stroke(path);
    context.setLineDash([]);
  }
}

export function markOf({ x, y }: PointShape, color: string, isSuggested: boolean, emphasis: Mark["emphasis"] = "plain"): Mark {
  return { x, y, color, look: isSuggested ? "suggested" : "accepted", emphasis };
}
