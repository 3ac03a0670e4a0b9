/** The list of images, as filtered and ordered. */

import type { ImageSummary } from "../api/types";
import type { Settings } from "./settings.svelte";

const byName = new Intl.Collator(undefined, { numeric: true });

export class Images {
  all = $state.raw<ImageSummary[]>([]);
  currentId = $state<number | null>(null);

  constructor(private readonly settings: Settings) {}

  get current(): ImageSummary | null {
    return this.all.find((image) => image.id === this.currentId) ?? null;
  }

  listed = $derived.by(() => {
    const { imageFilter, imageOrder } = this.settings.values;
    const kept = this.all.filter((image) => imageFilter === "all" || image.status === imageFilter);
    const worst = (image: ImageSummary) => image.worst_quality ?? 2;
    return kept.sort((a, b) => {
      const quality = imageOrder === "quality" ? worst(a) - worst(b) : 0;
      return quality || byName.compare(a.file_name, b.file_name);
    });
  });

  replace(image: ImageSummary): void {
    this.all = this.all.map((other) => (other.id === image.id ? image : other));
  }

  /** The image `steps` further in the list as shown; from one that the filter hides: its first. */
  neighbour(steps: number): ImageSummary | null {
    const list = this.listed;
    const at = list.findIndex((image) => image.id === this.currentId);
    if (at < 0) return list[0] ?? null;
    return list[at + steps] ?? null;
  }
}
