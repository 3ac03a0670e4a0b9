/** What an export will contain, for each choice of images. */

import type { Client, Exported } from "../api/client";
import type { ExportPlan, ImageChoice } from "../api/types";

export interface ExportsParts {
  client: Pick<Client, "exportPlans" | "export">;
  /** Resolves when everything is saved: the server counts and exports what is stored. */
  saved(): Promise<unknown>;
}

export class Exports {
  choice = $state<ImageChoice>("labelled");
  /** Empty until the server has counted. */
  plans = $state.raw<readonly ExportPlan[]>([]);
  /** Why the server could not count, in one line. */
  problem = $state("");
  plan = $derived(this.plans.find(({ choice }) => choice === this.choice) ?? null);

  constructor(private readonly parts: ExportsParts) {}

  async show(): Promise<void> {
    this.plans = [];
    this.problem = "";
    await this.parts.saved();
    try {
      this.plans = await this.parts.client.exportPlans();
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  async file(format: string): Promise<Exported> {
    await this.parts.saved();
    return this.parts.client.export(format, this.choice);
  }
}
