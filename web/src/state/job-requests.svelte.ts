/** What one panel asks of the server about its long work. */

import { Refused, Unable } from "../api/client";
import { RequestIds } from "../api/request-ids";
import type { Job } from "../api/types";
import { capital } from "./sentence";

export abstract class JobRequests {
  /** The latest job of the panel. */
  abstract readonly job: Job | null;
  /** What went wrong last, in one line. */
  problem = $state("");
  /** A request is under way. */
  busy = $state(false);
  protected readonly requests = new RequestIds();

  get runs(): boolean {
    return this.job?.state === "waiting" || this.job?.state === "running";
  }

  /** Runs what a person has asked for; a failure becomes the problem. */
  protected async request(run: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await run();
      this.problem = "";
    } catch (error) {
      const told = error instanceof Refused || error instanceof Unable;
      this.problem = told ? capital(error.message) : "The server does not respond";
    } finally {
      this.busy = false;
    }
  }
}
