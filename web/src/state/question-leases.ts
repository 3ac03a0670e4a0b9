/** Which tabs of this browser have questions, so that those of closed ones become free at once. */

import type { Client } from "../api/client";
import type { Keep } from "../api/outbox";

export interface QuestionLeasesParts {
  client: Pick<Client, "giveBack">;
  storage: Keep;
  project: string;
  tab: string;
  isClosed(tab: string): Promise<boolean>;
}

export class QuestionLeases {
  private held = false;
  /** Until the server knows what was given back. */
  private given: Promise<void> = Promise.resolve();

  constructor(private readonly parts: QuestionLeasesParts) {}

  /** This tab has questions from now on. */
  take(): void {
    this.held = true;
    try {
      this.parts.storage.setItem(this.key(this.parts.tab), "1");
    } catch {
      // Full storage: if this tab is killed, its questions are free when their lease ends.
    }
  }

  /** If the page goes before the server responds, the next one gives the questions back once more. */
  giveBack(): void {
    if (!this.held) return;
    this.held = false;
    this.given = this.free(this.parts.tab);
  }

  /** A browser that was killed has given nothing back. */
  async freeClosedTabs(): Promise<void> {
    const { isClosed, storage, tab } = this.parts;
    await this.given;
    const prefix = this.key("");
    const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
    for (const key of keys.filter((each) => each.startsWith(prefix))) {
      const other = key.slice(prefix.length);
      if (other === tab || !(await isClosed(other))) continue;
      await this.free(other);
    }
  }

  private async free(tab: string): Promise<void> {
    await this.parts.client.giveBack(tab).catch(() => undefined);
    this.parts.storage.removeItem(this.key(tab));
  }

  private key(tab: string): string {
    return `fewclicks.asked.${this.parts.project}.${tab}`;
  }
}
