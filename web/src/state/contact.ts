/** Whether the server responds: the page shows when it does not, and goes on when it is back. */

import { type Client, Refused } from "../api/client";
import { type Connection, connectionAfter } from "../api/outbox";
import type { Status } from "./status.svelte";

export interface ContactParts {
  client: Pick<Client, "health">;
  status: Status;
  /** The server is back. */
  back(): void;
  /** The server has responded to a check. */
  responds(): Promise<void>;
  /** The current image can be read, which failed before. */
  reopen(): void;
}

export class Contact {
  /** The server did not answer when the current image was asked for. */
  private cutOff = false;

  constructor(private readonly parts: ContactParts) {}

  async check(): Promise<void> {
    const { client, status, back, responds, reopen } = this.parts;
    const before = status.connection;
    try {
      await client.health();
    } catch (error) {
      const after = connectionAfter(error);
      if (before === "fine" || after === "elsewhere") this.lose(after, error);
      return;
    }
    if (before === "away" || before === "elsewhere") {
      status.connection = "fine";
      back();
    }
    await responds();
    if (!this.cutOff) return;
    this.cutOff = false;
    reopen();
  }

  /** A request about the current image has failed. */
  complain(error: unknown): void {
    if (error instanceof Refused) return this.parts.status.say(error.message, 8000);
    this.lose(connectionAfter(error), error);
    this.cutOff = true;
  }

  private lose(connection: Connection, error: unknown): void {
    this.parts.status.connection = connection;
    this.parts.status.reason = (error as Error).message;
  }
}
