/** The part of a large image that is looked at is encoded before the first click there. */

import type { Box, Method } from "../api/types";

/** So long the view stands still before it is told. */
const STILL_MS = 250;

export interface ViewAheadParts {
  /** What is on the screen and can be clicked on; null when nothing has to be made ready for that. */
  looked(): { imageId: number; view: Box; method: Method } | null;
  tell(imageId: number, view: Box, method: Method): Promise<void>;
}

export class ViewAhead {
  private told = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: ViewAheadParts) {}

  /** Something may be seen that was not before. */
  moved(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), STILL_MS);
  }

  /** The server has dropped what it was told. */
  again(): void {
    this.told = "";
    this.moved();
  }

  private tell(): void {
    const looked = this.parts.looked();
    const name = JSON.stringify(looked);
    if (looked === null || name === this.told) return;
    this.told = name;
    this.parts.tell(looked.imageId, looked.view, looked.method).catch(() => (this.told = "")); // a click will say what is wrong
  }
}
