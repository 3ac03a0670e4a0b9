/** Points: marks of a constant size on the screen, drawn once for each colour and look, then copied. */

/** What is suggested is an open ring; `moving`: a small dot, for a point that an arrow starts from. */
export type Look = "accepted" | "suggested" | "moving";
export type Emphasis = "plain" | "hovered" | "selected";

export interface Mark {
  x: number;
  y: number;
  color: string;
  look: Look;
  emphasis: Emphasis;
}

/** Screen pixels from the place of a point to the edge of its largest mark. */
export const MARK_REACH = 13;

const EDGE = "rgba(0, 0, 0, 0.6)";
const WHITE = "#ffffff";

export class Marks {
  private readonly drawn = new Map<string, HTMLCanvasElement>();

  /** `ratio`: device pixels of a screen pixel. */
  picture({ color, look, emphasis }: Mark, ratio: number): HTMLCanvasElement {
    const key = `${color} ${look} ${emphasis} ${ratio}`;
    let picture = this.drawn.get(key);
    if (picture === undefined) this.drawn.set(key, (picture = drawn(color, look, emphasis, ratio)));
    return picture;
  }
}

function drawn(color: string, look: Look, emphasis: Emphasis, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(2 * MARK_REACH * ratio);
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, canvas.width / 2, canvas.height / 2);
  if (emphasis === "selected") {
    ring(context, 10, 4, EDGE);
    ring(context, 10, 2, WHITE);
  }
  const zoom = emphasis === "hovered" ? 1.4 : 1;
  context.scale(zoom, zoom);
  if (look === "suggested") openRing(context, color);
  else dot(context, look === "moving" ? 2 : 4, color);
  return canvas;
}

/** A disk in its colour on a white edge, on a dark one: visible on every photo. */
function dot(context: CanvasRenderingContext2D, radius: number, color: string): void {
  disk(context, radius + 2.5, EDGE);
  disk(context, radius + 1.5, WHITE);
  disk(context, radius, color);
}

/** What lies under a suggested point stays visible. */
function openRing(context: CanvasRenderingContext2D, color: string): void {
  ring(context, 6, 5, EDGE);
  ring(context, 6, 3.5, WHITE);
  ring(context, 6, 2, color);
}

function disk(context: CanvasRenderingContext2D, radius: number, color: string): void {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
}

function ring(context: CanvasRenderingContext2D, radius: number, width: number, color: string): void {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.lineWidth = width;
  context.strokeStyle = color;
  context.stroke();
}
