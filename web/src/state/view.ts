/** A read-only look at the page for tests and scripts: where things are, and what was last answered. */

import type { Point } from "../api/types";
import { toImage, toScreen } from "../render/coordinates";
import type { Workspace } from "./workspace.svelte";

declare global {
  interface Window {
    fewclicks?: Readonly<ReturnType<typeof viewOf>>;
  }
}

function viewOf(workspace: Workspace) {
  const corner = (): Point => {
    const { left, top } = document.querySelector("canvas[role=application]")!.getBoundingClientRect();
    return [left, top];
  };
  return {
    get view() {
      return { ...workspace.viewport!.view };
    },
    get isOpen() {
      return workspace.viewport?.isOpen ?? false;
    },
    /** What is on the current image has been read. */
    get isLoaded() {
      const { images, objects } = workspace;
      return images.currentId !== null && objects.isLoaded(images.currentId);
    },
    get annotations() {
      return structuredClone(workspace.objects.shown);
    },
    /** The boxes that are proposed and shown, with the clicks that they answer. */
    get proposals() {
      return structuredClone([...workspace.detections.shown]);
    },
    /** The suggested moves of points that are shown, with their places. */
    get moves() {
      return workspace.suggestedPoints.arrows.map(({ annotation, from, to }) => ({ id: annotation.id, from: [...from], to: [...to] }));
    },
    get suggestedPoints() {
      return structuredClone([...workspace.suggestedPoints.shown]);
    },
    get classClicks() {
      return structuredClone(workspace.detections.current.clicks);
    },
    /** The regions that are outlined because the last answer changed them too. */
    get outlinedIds() {
      return workspace.regions.outlined.map(({ id }) => id);
    },
    get selectedId() {
      return workspace.objects.selectedId;
    },
    /** Where the keyboard cursor is, in image pixels. */
    get cursor() {
      return workspace.cursor.at === null ? null : [...workspace.cursor.at];
    },
    get waiting() {
      return workspace.objects.waiting.size > 0 || workspace.detections.waiting;
    },
    get unsaved() {
      return workspace.unsaved;
    },
    get lastAnswer() {
      return workspace.status.answer === null ? null : { ...workspace.status.answer };
    },
    get frames() {
      return workspace.viewport?.overlay?.frames ?? 0;
    },
    /** Image pixels to pixels of the window. */
    toWindow(at: Point): Point {
      const [x, y] = toScreen(workspace.viewport!.view, at);
      const [left, top] = corner();
      return [x + left, y + top];
    },
    /** Pixels of the window to image pixels. */
    toImage([x, y]: Point): Point {
      const [left, top] = corner();
      return toImage(workspace.viewport!.view, [x - left, y - top]);
    },
  };
}

export function publishView(workspace: Workspace): void {
  window.fewclicks = Object.freeze(viewOf(workspace));
}
