/** The ways to another image, and to done: each asks first what becomes of suggestions that nobody has accepted. */

import type { ImageSummary } from "../api/types";
import type { Detections } from "./detections.svelte";
import type { Editor } from "./editor.svelte";
import type { Images } from "./images.svelte";
import type { Objects } from "./objects.svelte";
import type { OpenSuggestions } from "./open-suggestions.svelte";
import type { Settings } from "./settings.svelte";
import type { Status } from "./status.svelte";

export interface NavigationParts {
  detections: Detections;
  editor: Editor;
  images: Images;
  objects: Objects;
  settings: Settings;
  status: Status;
  suggestions: OpenSuggestions;
  /** Shows an image. */
  open(imageId: number): Promise<void>;
}

const LAST = "This is the last image in the list";

export class Navigation {
  constructor(private readonly parts: NavigationParts) {}

  visit(imageId: number): void {
    const { images, suggestions, open } = this.parts;
    if (imageId === images.currentId) void open(imageId);
    else suggestions.settle(() => void open(imageId));
  }

  /** After the last image the work is over, which leaves that image too. */
  step(steps: 1 | -1): void {
    const { images, status, suggestions, open } = this.parts;
    const next = images.neighbour(steps);
    if (next === null && steps < 0) return status.say("This is the first image in the list");
    suggestions.settle(() => (next === null ? status.say(LAST) : void open(next.id)));
  }

  /** Sets the image to done and goes on to the next one. */
  finish(): void {
    const { editor, images, status, suggestions, open } = this.parts;
    const { current } = images;
    if (current === null) return;
    const next = images.neighbour(1);
    const isLast = next === null || next.id === current.id;
    suggestions.settle(() => {
      const said = [this.leftOut, isLast ? LAST : ""].filter(Boolean);
      editor.setStatus(current.id, "done");
      if (!isLast) void open(next.id);
      if (said.length > 0) status.say(["Done", ...said].join(". "), 8000);
    });
  }

  /** Accepts what is suggested, sets the image to done and goes on to the next one. */
  acceptAndFinish(): void {
    this.parts.suggestions.acceptAll();
    this.finish();
  }

  /** Sets an image to done, or back. The suggestions of another image are shown before a person decides on them. */
  toggle({ id, status, proposed }: ImageSummary): void {
    const { editor, images, settings, suggestions, open } = this.parts;
    const finish = () => editor.setStatus(id, "done");
    if (status === "done") return editor.setStatus(id, "todo");
    if (id === images.currentId) return suggestions.settle(finish);
    if (proposed === 0 || settings.values.onLeaving === "leave") return finish();
    suggestions.settle(async () => {
      await open(id);
      if (images.currentId === id) suggestions.settle(finish);
    });
  }

  private get leftOut(): string {
    const { detections, objects } = this.parts;
    const count = objects.shown.filter(({ state }) => state === "proposed").length + detections.shown.length;
    if (count === 0) return "";
    return `${count === 1 ? "1 suggestion is" : `${count} suggestions are`} not accepted and will not be exported`;
  }
}
