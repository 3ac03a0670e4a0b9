/** Seconds of active work: the page is visible and the person acted within the last half minute. */

export const IDLE_AFTER_MS = 30_000;

export class Effort {
  /** Seconds on this image that have not been sent yet. */
  unsent = $state(0);
  private imageId: number | null = null;
  /** The same of images that were left. */
  private readonly left = new Map<number | null, number>();
  private lastTick: number;
  private lastAct: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.lastTick = this.lastAct = now();
  }

  /** Another image is looked at from now on. */
  lookAt(imageId: number): void {
    this.tick(true);
    this.left.set(this.imageId, this.unsent);
    this.imageId = imageId;
    this.unsent = this.left.get(imageId) ?? 0;
  }

  /** The person did something. */
  act(): void {
    this.tick(true);
    this.lastAct = this.now();
  }

  tick(visible: boolean): void {
    const now = this.now();
    const activeUntil = Math.min(now, this.lastAct + IDLE_AFTER_MS);
    if (visible && activeUntil > this.lastTick) this.unsent += (activeUntil - this.lastTick) / 1000;
    this.lastTick = now;
  }

  /** What is to be sent with the next event; counting starts again. */
  take(visible = true): number {
    this.tick(visible);
    const seconds = Math.round(this.unsent * 100) / 100;
    this.unsent = 0;
    return Math.min(seconds, 86_400);
  }
}
