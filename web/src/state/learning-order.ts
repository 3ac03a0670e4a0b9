/** The order in which finishing the images teaches a model most; the server computes it from the suggestions. */

import type { Client } from "../api/client";
import type { Images } from "./images.svelte";
import type { ImageOrder, Settings } from "./settings.svelte";

export interface LearningOrderParts {
  client: Pick<Client, "mostToLearn">;
  images: Images;
  settings: Settings;
  say(text: string): void;
  complain(error: unknown): void;
}

const NOTHING = "Sorted by name, because no box is suggested yet. Use Find everywhere (Shift+T) or start a learning round";

export class LearningOrder {
  constructor(private readonly parts: LearningOrderParts) {}

  async choose(order: ImageOrder): Promise<void> {
    const { images, settings, say } = this.parts;
    settings.set("imageOrder", order);
    await this.read();
    if (order === "learning" && settings.values.imageOrder === order && images.mostToLearn.length === 0) say(NOTHING);
  }

  /** Reads the order again if the list is sorted by it: suggestions may have changed. */
  async read(): Promise<void> {
    const { client, complain, images, settings } = this.parts;
    if (settings.values.imageOrder !== "learning") return;
    try {
      images.mostToLearn = await client.mostToLearn();
    } catch (error) {
      complain(error);
    }
  }
}
