/** The pictures of the next questions, loaded before they are asked: a whole image, or the tiles around the suggestion in a large one. */

import { type Client, fileUrl, tileUrl } from "../api/client";
import type { Box, Question, Tiles } from "../api/types";
import { boundsOf } from "../render/shapes";
import { tilesWhenReady } from "./large-image";

/** Pixels, and the part of the image that they show. */
export interface Picture {
  source: CanvasImageSource;
  box: Box;
}

/** Tiles along each side of the part of a large image. */
const TILES = 5;

export interface QuestionPicturesParts {
  client: Pick<Client, "tiles">;
  project: string;
}

const keyOf = ({ id, image_id, large }: Question): string => (large ? id : `image ${image_id}`);

export class QuestionPictures {
  private loaded = $state.raw<ReadonlyMap<string, Picture | null>>(new Map());
  private wanted = new Set<string>();

  constructor(private readonly parts: QuestionPicturesParts) {}

  /** The picture of a question; undefined: it is on its way, null: it cannot be had. */
  of(question: Question): Picture | null | undefined {
    return this.loaded.get(keyOf(question));
  }

  /** Loads the pictures of these questions and forgets all others. */
  want(questions: readonly Question[]): void {
    const before = this.wanted;
    this.wanted = new Set(questions.map(keyOf));
    const stale = [...this.loaded.keys()].some((key) => !this.wanted.has(key));
    if (stale) this.loaded = new Map([...this.loaded].filter(([key]) => this.wanted.has(key)));
    for (const question of questions) {
      const key = keyOf(question);
      if (before.has(key)) continue;
      before.add(key);
      void this.load(question, key);
    }
  }

  private async load(question: Question, key: string): Promise<void> {
    const picture = await (question.large ? this.part(question, key) : this.whole(question)).catch(() => null);
    if (this.wanted.has(key)) this.loaded = new Map([...this.loaded, [key, picture]]);
  }

  private async whole({ image_id, width, height }: Question): Promise<Picture> {
    return { source: await pictureAt(fileUrl(this.parts.project, image_id)), box: [0, 0, width, height] };
  }

  private async part(question: Question, key: string): Promise<Picture | null> {
    const { client, project } = this.parts;
    const { image_id: id } = question;
    const tiles = await tilesWhenReady({
      ask: () => client.tiles(id),
      told: () => undefined,
      wanted: () => this.wanted.has(key),
    });
    if (tiles === null) return null;
    return joined(tiles, boundsOf(question.shape), (...place) => tileUrl(project, id, tiles.version, ...place));
  }
}

async function pictureAt(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** The tiles around a box as one picture, in the finest level at which few tiles reach around it. */
async function joined(tiles: Tiles, [x0, y0, x1, y1]: Box, url: (level: number, column: number, row: number) => string): Promise<Picture> {
  const { tile_size: size, finest, coarsest, width, height } = tiles;
  const steps = Math.ceil(Math.log2((3 * Math.max(x1 - x0, y1 - y0, 1)) / (size * (TILES - 1))));
  const level = Math.max(coarsest, finest - Math.max(0, steps));
  const pixel = 2 ** (finest - level);
  const side = size * pixel;
  const first = (from: number, to: number) => Math.max(0, Math.floor((from + to) / 2 / side - TILES / 2 + 0.5));
  const last = (start: number, length: number) => Math.min(start + TILES, Math.ceil(length / side));
  const [left, top] = [first(x0, x1), first(y0, y1)];
  const [right, bottom] = [last(left, width), last(top, height)];
  const box: Box = [left * side, top * side, Math.min(width, right * side), Math.min(height, bottom * side)];
  const canvas = new OffscreenCanvas(Math.ceil((box[2] - box[0]) / pixel), Math.ceil((box[3] - box[1]) / pixel));
  const context = canvas.getContext("2d")!;
  const places = range(top, bottom).flatMap((row) => range(left, right).map((column) => [column, row] as const));
  await Promise.all(
    places.map(async ([column, row]) => {
      const image = await pictureAt(url(level, column, row));
      context.drawImage(image, (column - left) * size, (row - top) * size);
    }),
  );
  return { source: canvas, box };
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
