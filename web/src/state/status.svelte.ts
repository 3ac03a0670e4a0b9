/** What the status bar and the banner say. */

import { untrack } from "svelte";
import type { Connection } from "../api/outbox";
import { capital } from "./sentence";

export interface LastAnswer {
  /** With its version. */
  model: string;
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
  /** Why the image is not on the screen, if the list knows nothing of it. */
  unreadable = $state("");
  slow = $state(false);
  answer = $state<LastAnswer | null>(null);
  zoom = $state(1);
  private now = $state("");
  /** An answer that is not on the screen yet. */
  private unseen: { model: string; milliseconds: number; askedAt: number | null } | null = null;
  /** Something was done after the notice. */
  private isOld = false;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  /** What can be done now. */
  get hint(): string {
    return this.now;
  }

  set hint(text: string) {
    if (this.isOld && text !== untrack(() => this.now)) this.notice = "";
    this.now = text;
  }

  /** A person does something: once the hint changes by it, the notice is over. */
  act(): void {
    this.isOld = true;
  }

  /** A model has answered within these milliseconds; `askedAt`: when the person asked. */
  answered(model: string, milliseconds: number, askedAt: number | null): void {
    this.unseen = { model, milliseconds, askedAt };
  }

  /** The overlay was drawn: an answer that it shows has been seen. */
  drawn(): void {
    if (this.unseen === null) return;
    const { model, milliseconds, askedAt } = this.unseen;
    this.unseen = null;
    this.answer = { model, milliseconds, seenAfter: askedAt === null ? null : performance.now() - askedAt };
  }

  /** A short sentence that goes away by itself. */
  say(text: string, milliseconds = 4000): void {
    clearTimeout(this.noticeTimer);
    this.isOld = false;
    this.notice = capital(text);
    this.noticeTimer = setTimeout(() => (this.notice = ""), milliseconds);
  }
}
