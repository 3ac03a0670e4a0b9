/** What the status bar and the banner say. */

import type { Connection } from "../api/outbox";
import { capital } from "./sentence";

export interface LastAnswer {
  milliseconds: number;
  /** From the mouse-up to the mask on the screen. */
  seenAfter: number | null;
}

export class Status {
  savedAt = $state<Date | null>(null);
  unsaved = $state(0);
  connection = $state<Connection>("fine");
  reason = $state("");
  notice = $state("");
  hint = $state("");
  slow = $state(false);
  answer = $state<LastAnswer | null>(null);
  zoom = $state(1);
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  /** A short sentence that goes away by itself. */
  say(text: string, milliseconds = 4000): void {
    clearTimeout(this.noticeTimer);
    this.notice = capital(text);
    this.noticeTimer = setTimeout(() => (this.notice = ""), milliseconds);
  }
}
