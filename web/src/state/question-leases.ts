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

  giveBack(): void {
    const { client, storage, tab } = this.parts;
    if (this.held) void client.giveBack(tab).catch(() => undefined);
    this.held = false;
    storage.removeItem(this.key(tab));
  }

  /** A browser that was killed has given nothing back. */
  async freeClosedTabs(): Promise<void> {
    const { client, isClosed, storage, tab } = this.parts;
    const prefix = this.key("");
    const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
    for (const key of keys.filter((each) => each.startsWith(prefix))) {
      const other = key.slice(prefix.length);
      if (other === tab || !(await isClosed(other))) continue;
      await client.giveBack(other).catch(() => undefined);
      storage.removeItem(key);
    }
  }

  private key(tab: string): string {
    return `fewclicks.asked.${this.parts.project}.${tab}`;
  }
}
