/** The lower canvas: what nobody is working on. It is drawn again only when something on it changed, so that a click
 * does not wait for the outlines of a hundred other objects. */

import type { Annotation, Box } from "../api/types";
import type { Arrow } from "./arrows";
import { addBrackets } from "./brackets";
import { visibleBox } from "./coordinates";
import { Layer } from "./layer";
import { type Mark, MARK_REACH } from "./marks";
import { CORNER_WIDTH, isBox, isPoint, markOf, Painter, SHADE } from "./painter";
import { levelAt, type Pictures } from "./pictures";
import { isRegion, type RegionMap } from "./region-map";
import type { Scene } from "./scene";

/** More objects than this in view are drawn as plain outlines, in a few strokes. */
const MANY = 600;

/** What is accepted has a whole outline. */
type Line = "whole" | "dashed" | "corners";

function lineOf({ state, shape }: Annotation): Line {
  if (state !== "proposed") return "whole";
  return isBox(shape!) ? "corners" : "dashed";
}

const grown = ([x0, y0, x1, y1]: Box, by: number): Box => [x0 - by, y0 - by, x1 + by, y1 + by];
const isSame = (a: readonly unknown[], b: readonly unknown[]) => a.length === b.length && a.every((each, i) => each === b[i]);

export class Ground {
  private readonly layer = new Layer();
  private readonly context: CanvasRenderingContext2D;
  /** How the objects were drawn last, from which lists, and which of them: null when their layer was only moved. */
  private way: readonly unknown[] = [];
  private content: readonly unknown[] = [];
  private shown: readonly Annotation[] | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly pictures: Pictures,
  ) {
    this.context = canvas.getContext("2d")!;
  }

  resize(width: number, height: number): void {
    this.canvas.width = width;
    this.canvas.height = height;
    this.way = [];
  }

  /** `above`: the ids of what is drawn on the upper canvas. */
  draw(scene: Scene, above: readonly (string | null | undefined)[], ratio: number): void {
    const { canvas, context } = this;
    const { index, proposals, suggestedPoints, arrows, hoveredArrow, hidden, colors, partition, view, fillStrength } = scene;
    const isDrawn = ({ id }: Annotation) => !above.includes(id) && !hidden.has(id);
    const hovered = scene.hovered?.shape && isDrawn(scene.hovered) ? scene.hovered : null;
    const isEmpty = !scene.isOpen || scene.allHidden;
    const visible = visibleBox(view, canvas.width / ratio, canvas.height / ratio);
    const inView = (part: Box) => {
      const near = grown(part, MARK_REACH / view.scale);
      return isEmpty ? [] : [...index.within(near).filter(isDrawn), ...proposals.within(part), ...suggestedPoints.within(near)];
    };

    const way = [isEmpty, view.scale, view.x, view.y, canvas.width, canvas.height, ratio, colors, fillStrength, partition, hovered, arrows, hoveredArrow];
    const content = [index, proposals, suggestedPoints, arrows, hidden, colors, partition, ratio, ...above];
    if (isSame(way, this.way)) {
      if (isSame(content, this.content)) return;
      this.content = content;
      if (this.shown !== null && isSame(inView(visible), this.shown)) return;
    }
    [this.way, this.content, this.shown] = [way, content, null];

    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    const painter = new Painter(context, this.pictures, view.scale);
    if (partition !== null && !isEmpty) this.free(partition, view.scale);
    const isSteady = this.layer.isWanted(view);
    if (isEmpty || !this.layer.shows(content, view, visible)) {
      this.shown = inView(visible);
      if (this.shown.length <= MANY) {
        for (const each of this.shown) this.one(painter, scene, each, each.id === hovered?.id);
        if (!isEmpty) this.moves(painter, scene, visible);
        if (hoveredArrow !== null && !isEmpty) this.move(painter, scene, hoveredArrow);
        return;
      }
      const all = (onto: Painter, part: Box, among: readonly Annotation[]) => {
        this.many(onto, scene, among);
        this.moves(onto, scene, part);
      };
      if (!isSteady) all(painter, visible, this.shown);
      else {
        this.layer.render(content, view, visible, ratio, (layer, part) =>
          all(new Painter(layer, this.pictures, view.scale), part, inView(part)),
        );
      }
    }
    if (this.layer.shows(content, view, visible)) this.layer.put(context, view, ratio);
    if (hovered !== null) this.one(painter, scene, hovered, true);
    if (hoveredArrow !== null && !isEmpty) this.move(painter, scene, hoveredArrow);
  }

  private one(painter: Painter, scene: Scene, annotation: Annotation, hovered: boolean): void {
    if (scene.arrows.movesPoint(annotation.id)) return; // drawn with its arrow
    const proposed = annotation.state === "proposed";
    const strength = scene.partition !== null && isRegion(annotation) ? (hovered ? 2.6 : 2) : proposed ? (hovered ? 1.5 : 0) : hovered ? 1.4 : 1;
    painter.object(annotation, scene.colorOf(annotation), strength * scene.fillStrength, hovered);
  }

  /** One stroke for each colour and state. */
  private many(painter: Painter, scene: Scene, shown: readonly Annotation[]): void {
    const level = levelAt(scene.view.scale);
    const groups = new Map<string, { color: string; line: Line; path: Path2D }>();
    const marks: Mark[] = [];
    for (const annotation of shown) {
      const { shape } = annotation;
      if (scene.arrows.movesPoint(annotation.id)) continue;
      const [color, line] = [scene.colorOf(annotation), lineOf(annotation)];
      if (isPoint(shape)) {
        marks.push(markOf(shape, color, annotation.state === "proposed"));
        continue;
      }
      const key = `${color} ${line}`;
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { color, line, path: new Path2D() }));
      if (isBox(shape!) && line === "corners") addBrackets(group.path, shape, scene.view.scale);
      else if (shape!.type === "box") {
        const [x0, y0, x1, y1] = shape!.xyxy;
        group.path.rect(x0, y0, x1 - x0, y1 - y0);
      } else group.path.addPath(this.pictures.outline(shape!, level));
    }
    for (const { color, line, path } of groups.values()) {
      if (line === "corners") painter.line(path, SHADE, CORNER_WIDTH + 1.2);
      painter.line(path, color, line === "corners" ? CORNER_WIDTH : 1.25, line === "dashed");
    }
    painter.marks(marks);
  }

  /** The arrows of suggested moves, above everything else: one stroke for each colour, then the dots where they begin. */
  private moves(painter: Painter, scene: Scene, part: Box): void {
    const arrows = scene.arrows.within(part).filter(({ annotation }) => !scene.hidden.has(annotation.id));
    for (const [color, own] of Map.groupBy(arrows, ({ annotation }) => scene.colorOf(annotation))) {
      painter.arrows(own, color);
      painter.marks(own.map((arrow) => startOf(arrow, color)));
    }
  }

  private move(painter: Painter, scene: Scene, arrow: Arrow): void {
    const color = scene.colorOf(arrow.annotation);
    painter.arrows([arrow], color, true);
    painter.marks([startOf(arrow, color)]);
  }

  /** Pixels of no region. */
  private free(partition: RegionMap, scale: number): void {
    const { context } = this;
    context.save();
    context.scale(partition.step, partition.step);
    context.fillStyle = this.pictures.hatch(context, 1 / (scale * partition.step));
    // Faint where everything is still to be looked at, plain when a gap must not be overlooked.
    context.globalAlpha = 0.15 + 0.85 * partition.labelled ** 2;
    context.fill(this.pictures.free(partition), "evenodd");
    context.restore();
  }
}

function startOf({ from: [x, y] }: Arrow, color: string): Mark {
  return { x, y, color, look: "moving", emphasis: "plain" };
}
