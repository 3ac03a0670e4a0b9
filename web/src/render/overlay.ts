/** What is drawn over the image, when something changed, once a frame: what is being worked on, above the rest. */

import type { Annotation } from "../api/types";
import { Ground } from "./ground";
import { handlesOf } from "./handles";
import { Painter } from "./painter";
import { Pen } from "./pen";
import { DraftPicture, outlinePath, Pictures } from "./pictures";
import type { Draft, Scene } from "./scene";

export class Overlay {
  private readonly pictures = new Pictures();
  private readonly painting = new DraftPicture();
  private readonly ground: Ground;
  private readonly context: CanvasRenderingContext2D;
  private waiting = false;
  /** Frames drawn so far. */
  frames = 0;

  constructor(
    lower: HTMLCanvasElement,
    private readonly upper: HTMLCanvasElement,
    private readonly scene: () => Scene,
    private readonly drawn: () => void,
  ) {
    this.ground = new Ground(lower, this.pictures);
    this.context = upper.getContext("2d")!;
  }

  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    this.upper.width = Math.round(width * ratio);
    this.upper.height = Math.round(height * ratio);
    this.ground.resize(this.upper.width, this.upper.height);
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
    const draft = scene.session.draft();
    this.ground.draw(scene, [scene.selected?.id, draft?.id], ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, this.upper.width / ratio, this.upper.height / ratio);
    if (scene.isOpen) this.work(scene, draft, ratio);
    this.frames += 1;
    this.drawn();
  }

  private work(scene: Scene, draft: Draft | null, ratio: number): void {
    const pen = new Pen(this.context, scene.view, scene.currentColor);
    if (!scene.allHidden) {
      this.shapes(scene, draft, ratio);
      this.prompts(scene, draft, pen);
    }
    for (const { prompts = [], classClicks = [] } of scene.held) {
      pen.prompts(prompts);
      for (const { at, color } of classClicks) pen.hollowClassMark(at, color);
    }
    scene.session.draw(pen);
    if (scene.cursor !== null) pen.cursor(scene.cursor.at, scene.cursor.pressed);
  }

  private shapes(scene: Scene, draft: Draft | null, ratio: number): void {
    const { context } = this;
    const { view, selected } = scene;
    const painter = new Painter(context, this.pictures, view.scale);
    context.save();
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    for (const each of scene.outlined) if (!scene.hidden.has(each.id) && each.id !== draft?.id) painter.changed(each);
    const halos = [scene.session.second(), selected].filter((each) => each?.shape && each.id !== draft?.id);
    for (const each of halos) if (!scene.hidden.has(each!.id)) this.selected(painter, scene, each!);
    if (draft !== null) this.draft(painter, scene, draft);
    for (const shape of scene.held.flatMap(({ shapes }) => shapes ?? [])) {
      painter.emphasised(shape, painter.outline(shape), scene.currentColor, true);
    }
    context.restore();
  }

  private selected(painter: Painter, scene: Scene, annotation: Annotation): void {
    const color = scene.colorOf(annotation);
    const shape = annotation.shape!;
    painter.fill(shape, color, (scene.partition === null ? 0.8 : 1.4) * scene.fillStrength);
    painter.emphasised(shape, painter.outline(shape), color, annotation.state === "proposed");
  }

  private draft(painter: Painter, scene: Scene, { id, shape, bitmap, touched }: Draft): void {
    const color = id !== null && scene.selected !== null ? scene.colorOf(scene.selected) : scene.newColor;
    if (shape !== null) painter.emphasised(shape, outlinePath(shape), color);
    if (bitmap === null || bitmap.width === 0) return;
    painter.image(this.painting.fill(bitmap, color, touched), bitmap.box, Math.max(0.25, scene.fillStrength));
    const outline = this.painting.outline(bitmap);
    if (outline !== null) painter.halo(outline, color);
  }

  private prompts(scene: Scene, draft: Draft | null, pen: Pen): void {
    for (const annotation of scene.unanswered) if (annotation.id !== scene.selected?.id) pen.promptsOf(annotation);
    const { selected } = scene;
    if (selected === null || scene.hidden.has(selected.id)) return;
    pen.promptsOf(selected);
    if (selected.shape !== null && draft === null && scene.canPull) {
      const handles = handlesOf(selected.shape, scene.view.scale);
      pen.handles(handles.length > 200 ? [] : handles);
    }
  }
}
