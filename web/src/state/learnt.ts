/** What learning rounds say about the images: which ones to finish next, and which suggested boxes save time. */

import type { Client } from "../api/client";
import type { Detections } from "./detections.svelte";
import type { Images } from "./images.svelte";
import type { ImageOrder, Settings } from "./settings.svelte";

export interface LearntParts {
  client: Pick<Client, "limits" | "mostToLearn">;
  detections: Detections;
  images: Images;
  settings: Settings;
  say(text: string): void;
  complain(error: unknown): void;
}

const NOTHING = "The images are sorted by name, because no boxes are suggested yet. To get some, use Find everywhere (Shift+T) or start a learning round";

export class Learnt {
  constructor(private readonly parts: LearntParts) {}

  async sortBy(order: ImageOrder): Promise<void> {
    const { images, settings, say } = this.parts;
    settings.set("imageOrder", order);
    await this.attempt(() => this.readOrder());
    if (order === "learning" && this.isSortedSo && images.mostToLearn.length === 0) say(NOTHING);
  }

  /** Reads the limits and the order again, because suggestions may have changed. */
  async read(): Promise<void> {
    await this.attempt(async () => {
      this.parts.detections.limits = await this.parts.client.limits();
      await this.readOrder();
    });
  }

  private async readOrder(): Promise<void> {
    const { client, images } = this.parts;
    if (this.isSortedSo) images.mostToLearn = await client.mostToLearn();
  }

  private get isSortedSo(): boolean {
    return this.parts.settings.values.imageOrder === "learning";
  }

  private async attempt(read: () => Promise<void>): Promise<void> {
    await read().catch((error: unknown) => this.parts.complain(error));
  }
}
