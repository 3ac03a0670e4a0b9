/** All answers to questions, and what they cost. */

import type { Client } from "../api/client";
import type { LedgerAnswer } from "../api/types";

export interface LedgerParts {
  client: Pick<Client, "ledger" | "ledgerFile">;
}

export class Ledger {
  isOpen = $state(false);
  content = $state.raw<LedgerAnswer | null>(null);
  /** Why it cannot be shown, in one line. */
  problem = $state("");

  constructor(private readonly parts: LedgerParts) {}

  async show(): Promise<void> {
    this.isOpen = true;
    try {
      this.content = await this.parts.client.ledger();
      this.problem = "";
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  file(): Promise<File> {
    return this.parts.client.ledgerFile();
  }
}
