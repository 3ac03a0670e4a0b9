/** The one canvas over the image: draws what is in view, when something changed, once a frame. */

import type { Annotation, Box, BoxShape, OrientedBoxShape, Point, Shape } from "../api/types";
import type { Draft, ToolSession } from "../tools/tool";
import { handlesOf } from "../tools/handles";
import { addBrackets } from "./brackets";
import { visibleBox, type View } from "./coordinates";
import { Layer } from "./layer";
import { Pen } from "./pen";
import { DraftPicture, levelAt, outlinePath, Pictures } from "./pictures";
import type { RegionMap } from "./region-map";
import type { SpatialIndex } from "./spatial";

export interface Scene {
  view: View;
  index: SpatialIndex;
  /** Boxes that are proposed and are no objects yet. */
  proposals: SpatialIndex;
  /** Objects that have prompts but no answer yet. */
  unanswered: readonly Annotation[];
  selected: Annotation | null;
  hovered: Annotation | null;
  hidden: ReadonlySet<string>;
  /** Without an image there is no place to draw at. */
  isOpen: boolean;
  allHidden: boolean;
  fillStrength: number;
  colorOf(annotation: Annotation): string;
  /** Another one when colours may have changed. */
  colors: unknown;
  /** The partition to be shown; null outside of its mode. */
  partition: RegionMap | null;
  /** The colour of what is being made. */
  currentColor: string;
  session: ToolSession;
  cursor: { at: Point; pressed: boolean } | null;
}

/** More objects than this in view are drawn as plain outlines, in a few strokes. */
const MANY = 600;
const DASH = [7, 5];
const CORNER_WIDTH = 1.6;
const SHADE = "rgba(0, 0, 0, 0.45)";
/** Masks are filled from their bitmap up to this zoom, along their outline beyond it. */
const LARGEST_BITMAP_SCALE = 1.25;

const isBox = (shape: Shape): shape is BoxShape | OrientedBoxShape => shape.type === "box" || shape.type === "oriented_box";

/** What is accepted has a whole outline. */
type Line = "whole" | "dashed" | "corners";

function lineOf({ state, shape }: Annotation): Line {
  if (state !== "proposed") return "whole";
  return isBox(shape!) ? "corners" : "dashed";
}

export class Overlay {
  private readonly pictures = new Pictures();
  private readonly painting = new DraftPicture();
  private readonly layer = new Layer();
  private readonly context: CanvasRenderingContext2D;
  private waiting = false;
  /** Frames drawn so far. */
  frames = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly scene: () => Scene,
    private readonly drawn: () => void,
  ) {
    this.context = canvas.getContext("2d")!;
  }

  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.drawNow();
  }

  request(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.drawNow());
  }

  /** Draws in this very frame, so that the overlay never lags behind the image. */
  drawNow(): void {
    this.waiting = false;
    const scene = this.scene();
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.canvas.width / ratio, this.canvas.height / ratio];
    const { context } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (scene.isOpen) this.all(scene, visibleBox(scene.view, width, height), ratio);
    this.frames += 1;
    this.drawn();
  }

  private all(scene: Scene, visible: Box, ratio: number): void {
    const pen = new Pen(this.context, scene.view, scene.currentColor);
    if (!scene.allHidden) {
      this.objects(scene, scene.session.draft(), visible, ratio);
      this.prompts(scene, pen);
    }
    scene.session.draw(pen);
    if (scene.cursor !== null) pen.cursor(scene.cursor.at, scene.cursor.pressed);
  }

  private objects(scene: Scene, draft: Draft | null, visible: Box, ratio: number): void {
    const { context } = this;
    const { view, selected } = scene;
    context.save();
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    if (scene.partition !== null) this.free(scene.partition, view.scale);
    this.unselected(scene, draft, visible, ratio);
    const halos = [scene.session.second(), selected].filter((each) => each?.shape && each.id !== draft?.id);
    for (const each of halos) if (!scene.hidden.has(each!.id)) this.selected(scene, each!);
    if (draft !== null) this.draft(scene, draft);
    context.restore();
  }

  private unselected(scene: Scene, draft: Draft | null, visible: Box, ratio: number): void {
    const { index, proposals, hidden, colors, partition, view, hovered } = scene;
    const besides = [scene.selected?.id, draft?.id];
    const inView = (part: Box) => {
      const objects = index.within(part).filter(({ id }) => !besides.includes(id) && !hidden.has(id));
      return [...objects, ...proposals.within(part)];
    };
    const content = [index, proposals, hidden, colors, partition, ratio, ...besides];
    const isSteady = this.layer.isWanted(view);
    if (!this.layer.shows(content, view, visible)) {
      const shown = inView(visible);
      if (shown.length <= MANY) return shown.forEach((each) => this.one(scene, each, each.id === hovered?.id));
      if (!isSteady) this.many(this.context, scene, shown);
      else this.layer.render(content, view, visible, ratio, (context, part) => this.many(context, scene, inView(part)));
    }
    if (this.layer.shows(content, view, visible)) this.layer.put(this.context, view, ratio);
    if (hovered?.shape && !besides.includes(hovered.id) && !hidden.has(hovered.id)) this.one(scene, hovered, true);
  }

  /** One stroke for each colour and state. */
  private many(context: CanvasRenderingContext2D, scene: Scene, shown: readonly Annotation[]): void {
    const level = levelAt(scene.view.scale);
    const groups = new Map<string, { color: string; line: Line; path: Path2D }>();
    for (const annotation of shown) {
      const { shape } = annotation;
      const [color, line] = [scene.colorOf(annotation), lineOf(annotation)];
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
      if (line === "corners") this.line(path, SHADE, CORNER_WIDTH + 1.2, false, scene.view.scale, context);
      this.line(path, color, line === "corners" ? CORNER_WIDTH : 1.25, line === "dashed", scene.view.scale, context);
    }
  }

  private one(scene: Scene, annotation: Annotation, hovered: boolean): void {
    const { shape } = annotation;
    const color = scene.colorOf(annotation);
    const proposed = annotation.state === "proposed";
    const strength = scene.partition !== null ? (hovered ? 2.6 : 2) : proposed ? (hovered ? 1.5 : 0) : hovered ? 1.4 : 1;
    this.fill(shape!, color, strength * scene.fillStrength, scene.view.scale);
    const { scale } = scene.view;
    if (isBox(shape!) && proposed) {
      const corners = new Path2D();
      addBrackets(corners, shape, scale);
      if (hovered) this.line(this.pictures.outline(shape, 0), color, 1, false, scale);
      this.line(corners, SHADE, hovered ? 4.5 : CORNER_WIDTH + 1.2, false, scale);
      return this.line(corners, color, hovered ? 3 : CORNER_WIDTH, false, scale);
    }
    const path = this.pictures.outline(shape!, levelAt(scale));
    this.line(path, SHADE, 3.2, false, scale);
    this.line(path, color, 1.8, proposed, scale);
  }

  private selected(scene: Scene, annotation: Annotation): void {
    const { shape, state } = annotation;
    const color = scene.colorOf(annotation);
    this.fill(shape!, color, (scene.partition === null ? 0.8 : 1.4) * scene.fillStrength, scene.view.scale);
    const path = this.pictures.outline(shape!, levelAt(scene.view.scale));
    this.halo(path, color, state === "proposed", scene.view.scale);
  }

  private draft(scene: Scene, { id, shape, bitmap, touched }: Draft): void {
    const color = id !== null && scene.selected !== null ? scene.colorOf(scene.selected) : scene.currentColor;
    if (shape !== null) this.halo(outlinePath(shape), color, false, scene.view.scale);
    if (bitmap === null || bitmap.width === 0) return;
    this.image(this.painting.fill(bitmap, color, touched), bitmap.box, Math.max(0.25, scene.fillStrength));
    const outline = this.painting.outline(bitmap);
    if (outline !== null) this.halo(outline, color, false, scene.view.scale);
  }

  private halo(path: Path2D, color: string, dashed: boolean, scale: number): void {
    this.line(path, "rgba(0, 0, 0, 0.5)", 5.5, false, scale);
    this.line(path, "#ffffff", 4, false, scale);
    this.line(path, color, 2, dashed, scale);
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

  private fill(shape: Shape, color: string, strength: number, scale: number): void {
    if (strength <= 0) return;
    const level = levelAt(scale);
    // Enlarged, a bitmap would be blurred, or have steps that its outline does not have.
    if (shape.type === "mask" && scale < LARGEST_BITMAP_SCALE) {
      this.image(this.pictures.fill(shape, color, level), shape.xyxy, Math.min(1, strength));
      return;
    }
    this.context.globalAlpha = Math.min(1, strength * (shape.type === "box" ? 0.5 : 1));
    this.context.fillStyle = color;
    this.context.fill(this.pictures.outline(shape, level), "evenodd");
    this.context.globalAlpha = 1;
  }

  private image(canvas: HTMLCanvasElement, [x0, y0, x1, y1]: Box, strength: number): void {
    this.context.globalAlpha = strength;
    this.context.drawImage(canvas, x0, y0, x1 - x0, y1 - y0);
    this.context.globalAlpha = 1;
  }

  private line(path: Path2D, color: string, width: number, dashed: boolean, scale: number, context = this.context): void {
    context.lineJoin = "round";
    context.strokeStyle = color;
    context.lineWidth = width / scale;
    context.setLineDash(dashed ? DASH.map((length) => length / scale) : []);
    context.stroke(path);
    context.setLineDash([]);
  }

  private prompts(scene: Scene, pen: Pen): void {
    for (const annotation of scene.unanswered) if (annotation.id !== scene.selected?.id) pen.promptsOf(annotation);
    const { selected } = scene;
    if (selected === null || scene.hidden.has(selected.id)) return;
    pen.promptsOf(selected);
    if (selected.shape !== null && scene.session.draft() === null) {
      const handles = handlesOf(selected.shape, scene.view.scale);
      pen.handles(handles.length > 200 ? [] : handles);
    }
  }
}
