/** A large image is answered part by part: what is seen first, then the rest, while a person goes on. */

import { Unreachable } from "../api/client";
import type { AdvanceAnswer, Box, ChangeAnswer, Method } from "../api/types";

const PAUSE_MS = 50;

export interface RestParts {
  ask(imageId: number, method: Method, view: Box | null): Promise<AdvanceAnswer>;
  /** Shows what was found meanwhile. */
  take(answer: ChangeAnswer): void;
  /** The part of the image that is on the screen. */
  view(): Box | null;
  /** What was asked about an image: once that is something else, the rest of the answer is of no use. */
  question(imageId: number, method: Method): string;
  /** Why it could not go on. */
  failed(message: string): void;
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export class RestOfImage {
  /** How much of the image has answered, 0 to 1; null when there is nothing more to come. */
  progress = $state<number | null>(null);
  private latest = 0;

  constructor(
    private readonly parts: RestParts,
    private readonly wait = sleep,
  ) {}

  /** Goes on until all of the image has answered what was just asked. */
  async follow(imageId: number, method: Method): Promise<void> {
    const { parts } = this;
    const number = (this.latest += 1);
    const question = parts.question(imageId, method);
    const wanted = () => number === this.latest && parts.question(imageId, method) === question;
    this.progress = 0;
    while (wanted()) {
      try {
        const { progress, change } = await parts.ask(imageId, method, parts.view());
        if (!wanted()) break;
        if (change !== null) parts.take(change);
        if (progress >= 1) break;
        this.progress = progress;
      } catch (error) {
        if (!(error instanceof Unreachable)) {
          if (wanted()) parts.failed((error as Error).message);
          break;
        }
      }
      await this.wait(PAUSE_MS);
    }
    if (number === this.latest) this.progress = null;
  }
}
