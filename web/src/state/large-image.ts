/** A large image is shown by tiles, which may have to be made first. */

import { Unreachable } from "../api/client";
import type { Tiles } from "../api/types";

const ASK_AGAIN_MS = 300;

export interface Asking {
  ask(): Promise<Tiles>;
  /** How much is done, 0 to 1. */
  told(progress: number): void;
  /** Whether the person still looks at this image. */
  wanted(): boolean;
  wait?(milliseconds: number): Promise<void>;
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The tiles once they can be had; null when nobody waits for them any more. Throws what the server says against it. */
export async function tilesWhenReady({ ask, told, wanted, wait = sleep }: Asking): Promise<Tiles | null> {
  while (wanted()) {
    try {
      const tiles = await ask();
      if (tiles.progress >= 1) return wanted() ? tiles : null;
      if (wanted()) told(tiles.progress);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (wanted()) told(0); // what is shown of it has holes
    }
    await wait(ASK_AGAIN_MS);
  }
  return null;
}
