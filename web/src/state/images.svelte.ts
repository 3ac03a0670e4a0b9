/** The list of images, as filtered and ordered; statuses under way are shown at once. */

import type { ImageSummary, VersionedStatus } from "../api/types";
import { type Change, replayStatuses } from "./changes";
import { Reads } from "./reads";
import type { Settings } from "./settings.svelte";

const byName = new Intl.Collator(undefined, { numeric: true });

export class Images {
  private confirmed = $state.raw<ImageSummary[]>([]);
  private statuses = $state.raw<ReadonlyMap<number, VersionedStatus>>(new Map());
  all = $derived(this.statuses.size === 0 ? this.confirmed : this.confirmed.map((image) => this.withStatus(image)));
  currentId = $state<number | null>(null);
  /** The ids of the images that teach a model most, best first. */
  mostToLearn = $state.raw<readonly number[]>([]);
  private readonly reads = new Reads();
  /** How often images were loaded or replaced. A read that began before the latest of these may return older images. */
  takenUp = 0;
  private readonly ranks = $derived(new Map(this.mostToLearn.map((id, rank) => [id, rank])));

  constructor(private readonly settings: Settings) {}

  get current(): ImageSummary | null {
    return this.all.find((image) => image.id === this.currentId) ?? null;
  }

  listed = $derived.by(() => {
    const { imageFilter, imageOrder } = this.settings.values;
    const kept = this.all.filter((image) => imageFilter === "all" || image.status === imageFilter);
    const worst = (image: ImageSummary) => image.worst_quality ?? 2;
    const rank = ({ id }: ImageSummary) => this.ranks.get(id) ?? this.ranks.size;
    return kept.sort((a, b) => {
      const quality = imageOrder === "quality" ? worst(a) - worst(b) : 0;
      const learning = imageOrder === "learning" ? rank(a) - rank(b) : 0;
      return quality || learning || byName.compare(a.file_name, b.file_name);
    });
  });

  load(images: ImageSummary[]): void {
    this.takenUp += 1;
    this.confirmed = images;
  }

  /** Reads the list again. Repeats the read, up to 5 times in all, if images were updated during it, because the list
   *  may be out of date. Ignores a list if a later read has been answered. */
  async reload(read: () => Promise<ImageSummary[]>): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const known = this.takenUp;
      const images = await this.reads.read("images", read);
      if (images === null) return;
      if (known === this.takenUp || attempt === 4) return this.load(images);
    }
  }

  replace(image: ImageSummary): void {
    this.takenUp += 1;
    this.confirmed = this.confirmed.map((other) => (other.id === image.id ? image : other));
  }

  /** The status that the server knows. */
  confirmedStatus(id: number): VersionedStatus | null {
    const image = this.confirmed.find((each) => each.id === id);
    return image === undefined ? null : { status: image.status, status_version: image.status_version };
  }

  refresh(pending: readonly Change[]): void {
    const statuses = replayStatuses(pending);
    if (statuses.size > 0 || this.statuses.size > 0) this.statuses = statuses;
  }

  /** The image `steps` further in the list as shown; from one that the filter hides: its first. */
  neighbour(steps: number): ImageSummary | null {
    const list = this.listed;
    const at = list.findIndex((image) => image.id === this.currentId);
    if (at < 0) return list[0] ?? null;
    return list[at + steps] ?? null;
  }

  private withStatus(image: ImageSummary): ImageSummary {
    return { ...image, ...this.statuses.get(image.id) };
  }
}
