/** What one panel asks of the server about its long work. */

import { Refused, Unable } from "../api/client";
import { RequestIds } from "../api/request-ids";
import type { Job } from "../api/types";
import { capital } from "./sentence";

/** Whether a job waits or runs. */
export const isUnderWay = (job: Job | null) => job?.state === "waiting" || job?.state === "running";

export abstract class JobRequests {
  /** The latest job of the panel. */
  abstract readonly job: Job | null;
  /** What went wrong last, in one line. */
  problem = $state("");
  private underWay = $state(0);
  protected readonly requests = new RequestIds();

  get runs(): boolean {
    return isUnderWay(this.job);
  }

  /** A request is under way. */
  get busy(): boolean {
    return this.underWay > 0;
  }

  /** Runs what a person has asked for; a failure becomes the problem. */
  protected async request(run: () => Promise<void>): Promise<void> {
    this.underWay += 1;
    try {
      await run();
      this.problem = "";
    } catch (error) {
      const told = error instanceof Refused || error instanceof Unable;
      this.problem = told ? capital(error.message) : "The server does not respond";
    } finally {
      this.underWay -= 1;
    }
  }
}
