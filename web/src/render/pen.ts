/** Draws what tools show, in image coordinates, with lines that keep their width at every zoom. */

import type { Annotation, Box, Point, Prompt } from "../api/types";
import { toScreen, type View } from "./coordinates";
import type { Handle, TurnHandle } from "./handles";

const GREEN = "#1fa35c";
const RED = "#d5352c";
const WHITE = "#ffffff";
const SHADE = "rgba(0, 0, 0, 0.55)";
const DISK = 8;
/** Image pixels that a scribble covers. */
const STROKE_WIDTH = 3;

function boxAround(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export class Pen {
  constructor(
    readonly context: CanvasRenderingContext2D,
    readonly view: View,
    readonly color: string,
  ) {}

  screen(at: Point): Point {
    return toScreen(this.view, at);
  }

  /** A box while it is being drawn, or a box prompt that has no answer yet. */
  promptBox([x0, y0, x1, y1]: Box, width = 1.5): void {
    const [left, top] = this.screen([x0, y0]);
    const [right, bottom] = this.screen([x1, y1]);
    this.twoTone(() => this.context.strokeRect(left, top, right - left, bottom - top), [6, 4], width);
  }

  /** The box of extreme points that have an answer: thin, for the answer is what is looked at. */
  frame(points: readonly Point[]): void {
    this.promptBox(boxAround(points), 0.75);
  }

  promptsOf(annotation: Annotation): void {
    this.prompts(annotation.prompts, annotation.shape === null);
  }

  prompts(prompts: readonly Prompt[], boxes = true): void {
    for (const prompt of prompts) {
      if (prompt.type === "box" && boxes) this.promptBox(prompt.xyxy);
      if (prompt.type === "extreme_points") {
        if (boxes) this.promptBox(boxAround(prompt.points));
        this.points(prompt.points, !boxes);
      }
      if (prompt.type === "scribble") this.scribble(prompt.points, this.color);
    }
    for (const prompt of prompts) if (prompt.type === "click") this.mark([prompt.x, prompt.y], prompt.adds);
  }

  /** A stroke in the colour of its region, on a white edge. */
  scribble(points: readonly Point[], color: string): void {
    this.trace(points, Math.max(7, STROKE_WIDTH * this.view.scale + 4), SHADE);
    this.trace(points, Math.max(6, STROKE_WIDTH * this.view.scale + 3), WHITE);
    this.trace(points, Math.max(3, STROKE_WIDTH * this.view.scale), color);
  }

  /** Where a region is going to be cut. */
  cutLine(points: readonly Point[]): void {
    this.trace(points, 4, SHADE);
    this.context.setLineDash([6, 4]);
    this.trace(points, 2, WHITE);
    this.context.setLineDash([]);
  }

  private trace(points: readonly Point[], width: number, style: string): void {
    const { context } = this;
    context.beginPath();
    points.forEach((point, i) => {
      const [x, y] = this.screen(point);
      if (i === 0) context.moveTo(x, y);
      context.lineTo(x, y);
    });
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
    context.lineCap = "butt";
  }

  /** A click: a plus in a green disk or a minus in a red one; the shape says it as well as the colour. */
  mark(at: Point, adds: boolean): void {
    const { context } = this;
    const [x, y] = this.screen(at);
    this.disk([x, y], DISK, adds ? GREEN : RED);
    context.beginPath();
    context.moveTo(x - 4, y);
    context.lineTo(x + 4, y);
    if (adds) {
      context.moveTo(x, y - 4);
      context.lineTo(x, y + 4);
    }
    context.strokeStyle = WHITE;
    context.lineWidth = 2;
    context.stroke();
  }

  /** A click that says a class: small, for what it points at may be tiny. */
  classMark(at: Point, color: string): void {
    const diamond = (size: number, style: string) => {
      this.diamond(at, size);
      this.context.fillStyle = style;
      this.context.fill();
    };
    diamond(7.5, SHADE);
    diamond(6.5, WHITE);
    diamond(4.5, color);
  }

  /** A class click that waits for a choice. */
  hollowClassMark(at: Point, color: string): void {
    const { context } = this;
    const line = (width: number, style: string) => {
      this.diamond(at, 7);
      context.lineWidth = width;
      context.strokeStyle = style;
      context.stroke();
    };
    line(5, SHADE);
    line(3, WHITE);
    context.setLineDash([4, 3]);
    line(3, color);
    context.setLineDash([]);
  }

  private diamond(at: Point, size: number): void {
    const { context } = this;
    const [x, y] = this.screen(at);
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.lineTo(x - size, y);
    context.closePath();
  }

  points(points: readonly Point[], small = false): void {
    for (const point of points) this.disk(this.screen(point), small ? 3 : 5, this.color);
  }

  handles(handles: readonly Handle[]): void {
    const { context } = this;
    for (const handle of handles) {
      if (handle.kind === "turn") {
        this.turnHandle(handle);
        continue;
      }
      const [x, y] = this.screen(handle.at).map(Math.round) as Point;
      context.fillStyle = WHITE;
      context.strokeStyle = SHADE;
      context.lineWidth = 1;
      context.fillRect(x - 4, y - 4, 8, 8);
      context.strokeRect(x - 4.5, y - 4.5, 9, 9);
    }
  }

  /** Round, on a stem. */
  private turnHandle({ at, from }: TurnHandle): void {
    const { context } = this;
    const [x, y] = this.screen(at);
    this.twoTone(() => {
      context.beginPath();
      context.moveTo(...this.screen(from));
      context.lineTo(x, y);
      context.stroke();
    });
    context.beginPath();
    context.arc(x, y, 5, 0, 2 * Math.PI);
    context.fillStyle = WHITE;
    context.strokeStyle = SHADE;
    context.lineWidth = 1;
    context.fill();
    context.stroke();
  }

  openPolygon(vertices: readonly Point[], at: Point | null, closing: boolean): void {
    const { context } = this;
    const end = closing ? vertices[0]! : at;
    const line = (end === null ? vertices : [...vertices, end]).map((point) => this.screen(point));
    const trace = () => {
      context.beginPath();
      line.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      context.stroke();
    };
    if (vertices.length >= 2) {
      trace();
      context.fillStyle = `${this.color}33`;
      context.fill();
    }
    this.twoTone(trace);
    vertices.forEach((point, i) => this.disk(this.screen(point), i === 0 ? (closing ? 7 : 5) : 4, this.color));
  }

  brush(at: Point, radius: number, erases: boolean): void {
    const { context } = this;
    const [x, y] = this.screen(at);
    const onScreen = Math.max(1, radius * this.view.scale);
    const circle = () => {
      context.beginPath();
      context.arc(x, y, onScreen, 0, 2 * Math.PI);
      context.stroke();
    };
    this.twoTone(circle, erases ? [4, 4] : []);
    this.cross([x, y], 3, 0);
  }

  /** The keyboard cursor. */
  cursor(at: Point, pressed: boolean): void {
    const [x, y] = this.screen(at).map((value) => Math.round(value) + 0.5) as Point;
    this.cross([x, y], 16, 4);
    const { context } = this;
    this.twoTone(() => {
      context.beginPath();
      context.arc(x, y, pressed ? 6 : 10, 0, 2 * Math.PI);
      context.stroke();
    });
  }

  /** A white line on a dark edge: visible on every photo. */
  twoTone(stroke: () => void, dash: number[] = [], width = 1.5): void {
    const { context } = this;
    context.lineWidth = width + 2;
    context.strokeStyle = SHADE;
    stroke();
    context.setLineDash(dash);
    context.lineWidth = width;
    context.strokeStyle = WHITE;
    stroke();
    context.setLineDash([]);
  }

  private disk([x, y]: Point, radius: number, color: string): void {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius + 1.5, 0, 2 * Math.PI);
    context.fillStyle = WHITE;
    context.shadowColor = "rgba(0, 0, 0, 0.6)";
    context.shadowBlur = 4;
    context.fill();
    context.shadowBlur = 0;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = color;
    context.fill();
  }

  private cross([x, y]: Point, arm: number, gap: number): void {
    const { context } = this;
    this.twoTone(() => {
      context.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        context.moveTo(x + dx * gap, y + dy * gap);
        context.lineTo(x + dx * arm, y + dy * arm);
      }
      context.stroke();
    });
  }
}
