/** The imports of the project, and the undo of one of them. */

import type { Client } from "../api/client";
import { RequestIds } from "../api/request-ids";
import type { Import, UndoneImport } from "../api/types";

export interface ImportsParts {
  client: Pick<Client, "imports" | "undoImport">;
  /** Resolves when everything is saved: unsaved work may build on an import. */
  saved(): Promise<unknown>;
  /** Objects were removed. */
  changed(): Promise<void>;
  say(text: string): void;
}

export class Imports {
  /** Latest first. */
  all = $state<Import[]>([]);
  /** What went wrong last, in one line. */
  problem = $state("");
  /** A request is under way. */
  busy = $state(false);
  private readonly requests = new RequestIds();

  constructor(private readonly parts: ImportsParts) {}

  show(): Promise<void> {
    return this.ask(async () => void (this.all = await this.parts.client.imports()));
  }

  undo(event: number): Promise<void> {
    return this.ask(async () => {
      const { client, saved, changed, say } = this.parts;
      await saved();
      say(summaryOf(await this.requests.once(`undo ${event}`, (id) => client.undoImport(event, id))));
      await changed();
      this.all = await client.imports();
    });
  }

  private async ask(request: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = "";
    try {
      await request();
    } catch (error) {
      this.problem = (error as Error).message;
    } finally {
      this.busy = false;
    }
  }
}

function summaryOf({ removed, edited, corrected, deleted }: UndoneImport): string {
  const reasons = Object.entries({ edited, corrected, deleted }).filter(([, count]) => count > 0);
  const stay = reasons.map(([reason, count]) => `${count} ${reason}`).join(", ");
  return `Import undone: ${removed} objects removed${stay && `. Kept, because they have changed since: ${stay}`}`;
}
