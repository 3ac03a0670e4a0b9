/** Opens images, and reads again what somebody else has changed. */

import type { Client } from "../api/client";
import type { ImageSummary } from "../api/types";
import type { Bench } from "./bench.svelte";
import type { Contact } from "./contact";
import type { Counts } from "./counts.svelte";
import type { KeyboardCursor } from "./cursor.svelte";
import type { Detections } from "./detections.svelte";
import type { Editor } from "./editor.svelte";
import type { Effort } from "./effort.svelte";
import type { Images } from "./images.svelte";
import type { Learnt } from "./learnt";
import type { Objects } from "./objects.svelte";
import type { SuggestedPoints } from "./suggested-points.svelte";
import type { ViewAhead } from "./view-ahead";

export interface OpeningParts {
  client: Pick<Client, "images">;
  ahead: ViewAhead;
  bench: Bench;
  contact: Contact;
  counts: Counts;
  cursor: KeyboardCursor;
  detections: Detections;
  editor: Editor;
  effort: Effort;
  images: Images;
  learnt: Learnt;
  objects: Objects;
  suggestedPoints: SuggestedPoints;
  /** Another image is the current one. */
  opened(imageId: number): void;
}

/** The verbs of changes that may restore or replace classes. */
const MAY_CHANGE_CLASSES = ["classes", "edit", "take", "undo", "redo"];

export class Opening {
  constructor(private readonly parts: OpeningParts) {}

  /** Makes an image the current one, with an object of it selected. */
  async open(imageId: number, annotationId: string | null = null): Promise<void> {
    const { bench, detections, editor, images, objects } = this.parts;
    if (imageId !== images.currentId) this.leaveFor(imageId);
    await this.read(imageId);
    if (images.currentId !== imageId) return;
    const needed = new Set([imageId, ...editor.pending.map((change) => change.imageId)]);
    for (const kept of [objects, detections]) kept.forgetAllBut(needed);
    if (annotationId !== null && objects.byId.has(annotationId)) objects.selectedId = annotationId;
    if (objects.isLoaded(imageId)) bench.resume(imageId);
    bench.changed();
  }

  /** Reads what is on an image; keeps what the page has if it cannot be had. */
  async read(imageId: number): Promise<void> {
    const { ahead, contact, editor } = this.parts;
    await editor.reload(imageId).catch((error: unknown) => contact.complain(error));
    ahead.again();
  }

  /** Reads again what changed in many images. */
  async readAll(): Promise<void> {
    const { client, counts, editor, images, learnt } = this.parts;
    await images.reload(() => client.images());
    void learnt.read();
    await editor.reloadClasses();
    await counts.load();
    if (images.currentId !== null) await this.read(images.currentId);
  }

  /** Shows what somebody else changed; without an image it may be anything. */
  async takeUp(image: ImageSummary | null, verb: string): Promise<void> {
    const { contact, counts, editor, images } = this.parts;
    try {
      if (image === null) return await this.readAll();
      images.replace(image);
      if (MAY_CHANGE_CLASSES.includes(verb)) await editor.reloadClasses();
      if (image.id === images.currentId) await this.read(image.id);
      else await counts.load();
    } catch (error) {
      contact.complain(error);
    }
  }

  /** Why the picture of the current image did not come; the list tells what the server found wrong with it. */
  async whyNoPicture(): Promise<string> {
    const { client, contact, images } = this.parts;
    try {
      await images.reload(() => client.images());
      return "This image cannot be opened.";
    } catch (error) {
      contact.complain(error);
      return `${(error as Error).message} The image appears when the server is back.`;
    }
  }

  private leaveFor(imageId: number): void {
    const { bench, counts, cursor, detections, editor, effort, images, objects, opened, suggestedPoints } = this.parts;
    cursor.drop();
    bench.leave();
    counts.keep();
    images.currentId = imageId;
    effort.lookAt(imageId);
    objects.selectedId = null;
    objects.hidden = new Set();
    detections.pointedAt = suggestedPoints.pointedAt = null;
    opened(imageId);
    editor.refresh();
  }
}
