/** Thousands of outlines, drawn once somewhat beyond the window, and only moved while the image is panned. */

import type { Box } from "../api/types";
import type { View } from "./coordinates";

/** How far beyond the window, in parts of it. */
const MARGIN = 0.25;
/** Zooms closer than this are one. */
const SAME_SCALE = 1e-6;

export class Layer {
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d")!;
  /** What is drawn on it, of which part of the image, at which scale; null: nothing that counts. */
  private drawn: { of: readonly unknown[]; part: Box; scale: number } | null = null;
  private lastScale = 0;

  /** Whether it shows just this, wherever the window lies. */
  shows(of: readonly unknown[], { scale }: View, [x0, y0, x1, y1]: Box): boolean {
    if (this.drawn === null) return false;
    const { of: known, part } = this.drawn;
    const isSame = known.length === of.length && known.every((each, i) => each === of[i]);
    const isWithin = part[0] <= x0 && part[1] <= y0 && part[2] >= x1 && part[3] >= y1;
    return isSame && isWithin && near(scale, this.drawn.scale);
  }

  /** Whether it is worth the while: not as long as the zoom changes with every frame. */
  isWanted({ scale }: View): boolean {
    const steady = near(scale, this.lastScale);
    this.lastScale = scale;
    return steady;
  }

  /** Draws anew, in image coordinates. */
  render(
    of: readonly unknown[],
    { scale }: View,
    [x0, y0, x1, y1]: Box,
    ratio: number,
    draw: (context: CanvasRenderingContext2D, part: Box) => void,
  ): void {
    const [dx, dy] = [(x1 - x0) * MARGIN, (y1 - y0) * MARGIN];
    const part: Box = [x0 - dx, y0 - dy, x1 + dx, y1 + dy];
    const zoom = scale * ratio;
    this.canvas.width = Math.ceil((part[2] - part[0]) * zoom);
    this.canvas.height = Math.ceil((part[3] - part[1]) * zoom);
    this.context.setTransform(zoom, 0, 0, zoom, -part[0] * zoom, -part[1] * zoom);
    draw(this.context, part);
    this.drawn = { of, part, scale };
  }

  /** Puts it where it belongs, on whole pixels, so that it stays sharp. */
  put(onto: CanvasRenderingContext2D, view: View, ratio: number): void {
    const [x0, y0] = this.drawn!.part;
    onto.save();
    onto.setTransform(1, 0, 0, 1, 0, 0);
    onto.drawImage(this.canvas, Math.round((x0 * view.scale + view.x) * ratio), Math.round((y0 * view.scale + view.y) * ratio));
    onto.restore();
  }
}

const near = (a: number, b: number) => Math.abs(a - b) <= SAME_SCALE * a;
