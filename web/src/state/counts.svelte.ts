/** How many objects of each class each image has: the current one as it is on the screen, the others as the server counted them. */

import type { Client } from "../api/client";
import type { ClassCount } from "../api/types";
import type { Classes } from "./classes.svelte";
import type { Detections } from "./detections.svelte";
import type { Images } from "./images.svelte";
import type { Objects } from "./objects.svelte";
import type { SuggestedPoints } from "./suggested-points.svelte";

export interface CountsParts {
  client: Pick<Client, "counts" | "countsFile">;
  classes: Classes;
  detections: Detections;
  images: Images;
  objects: Objects;
  suggestedPoints: SuggestedPoints;
  /** Resolves when everything is saved: the server counts what is stored. */
  saved(): Promise<unknown>;
}

const NONE = { points: 0, annotations: 0, suggested_points: 0, suggestions: 0 };
type Numbers = typeof NONE;

export class Counts {
  /** The table of all images is open. */
  isOpen = $state(false);
  /** Why the server could not count, in one line. */
  problem = $state("");
  private stored = $state.raw<ReadonlyMap<number, readonly ClassCount[]>>(new Map());
  private readonly here: readonly ClassCount[] = $derived.by(() => this.count());

  constructor(private readonly parts: CountsParts) {}

  /** Of the classes that an image has something of, in the order of the classes. */
  of(imageId: number): readonly ClassCount[] {
    const { images, objects } = this.parts;
    const isHere = imageId === images.currentId && objects.isLoaded(imageId);
    return isHere ? this.here : (this.stored.get(imageId) ?? []);
  }

  total(): readonly ClassCount[] {
    const all = this.parts.images.all.flatMap(({ id }) => this.of(id));
    return this.inOrder(Map.groupBy(all, ({ class_id }) => class_id));
  }

  async load(): Promise<void> {
    try {
      const { images } = await this.parts.client.counts();
      this.stored = new Map(images.map(({ image_id, classes }) => [image_id, classes]));
      this.problem = "";
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  async show(): Promise<void> {
    this.isOpen = true;
    await this.parts.saved();
    await this.load();
  }

  /** Before another image is shown: what was counted here stays. */
  keep(): void {
    const { currentId } = this.parts.images;
    if (currentId !== null) this.stored = new Map([...this.stored, [currentId, this.of(currentId)]]);
  }

  async file(): Promise<File> {
    await this.parts.saved();
    return this.parts.client.countsFile();
  }

  private count(): readonly ClassCount[] {
    const { detections, objects, suggestedPoints } = this.parts;
    const found = new Map<number, Numbers[]>();
    const note = (classId: number, numbers: Partial<Numbers>) => {
      const list = found.get(classId);
      if (list === undefined) found.set(classId, [{ ...NONE, ...numbers }]);
      else list.push({ ...NONE, ...numbers });
    };
    for (const { class_id, state, shape } of objects.shown) {
      note(class_id, state === "proposed" ? { suggestions: 1 } : { annotations: 1, points: shape?.type === "point" ? 1 : 0 });
    }
    for (const { class_id } of suggestedPoints.all) note(class_id, { suggested_points: 1, suggestions: 1 });
    for (const classId of detections.current.class_ids) note(classId, { suggestions: 1 });
    return this.inOrder(found);
  }

  private inOrder(found: ReadonlyMap<number, readonly Numbers[]>): ClassCount[] {
    const { shown } = this.parts.classes;
    return shown.flatMap(({ id }) => (found.has(id) ? [{ class_id: id, ...sum(found.get(id)!) }] : []));
  }
}

function sum(some: readonly Numbers[]): Numbers {
  const total = { ...NONE };
  for (const each of some) {
    total.points += each.points;
    total.annotations += each.annotations;
    total.suggested_points += each.suggested_points;
    total.suggestions += each.suggestions;
  }
  return total;
}
