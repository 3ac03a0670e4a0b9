/** Where a person was: tool, class, selected object, and what they had begun and not given to the server yet. */

import type { Keep } from "../api/outbox";
import type { Waiting } from "../tools/shared/desk";
import type { Begun } from "../tools/shared/tool";

export interface Spot {
  imageId?: number;
  toolId?: string;
  classId?: number | undefined;
  selectedId?: string | undefined;
}

/** What was drawn in an image before the project had a class, and with which model. */
export type Held = Waiting & { id: string; imageId: number; method: string | undefined };

/** Kept in the browser for each project, so that loading the page again changes nothing. */
export class Place {
  readonly spot: Readonly<Spot>;
  private readonly written = new Map<string, string>();

  constructor(
    private readonly storage: Keep,
    private readonly project: string,
  ) {
    this.spot = this.read<Spot>(this.spotKey) ?? {};
  }

  keepSpot(spot: Spot): void {
    this.write(this.spotKey, spot);
  }

  /** What was begun with a tool on an image. */
  begun(imageId: number, toolId: string): Begun | null {
    return this.read<Begun>(this.begunKey(imageId, toolId));
  }

  keepBegun(imageId: number, toolId: string, begun: Begun | null): void {
    this.write(this.begunKey(imageId, toolId), begun);
  }

  held(): readonly Held[] {
    const kept = this.read<Held[]>(this.heldKey);
    return Array.isArray(kept) ? kept : [];
  }

  keepHeld(held: readonly Held[]): void {
    this.write(this.heldKey, held.length === 0 ? null : held);
  }

  private get heldKey(): string {
    return `fewclicks.held.${this.project}`;
  }

  private get spotKey(): string {
    return `fewclicks.place.${this.project}`;
  }

  private begunKey(imageId: number, toolId: string): string {
    return `fewclicks.begun.${this.project}.${imageId}.${toolId}`;
  }

  private read<T extends object>(key: string): T | null {
    try {
      const value: unknown = JSON.parse(this.storage.getItem(key) ?? "null");
      return typeof value === "object" ? (value as T | null) : null;
    } catch {
      return null; // What cannot be read counts as nothing.
    }
  }

  private write(key: string, value: object | null): void {
    const text = value === null ? "" : JSON.stringify(value);
    if (this.written.get(key) === text) return;
    this.written.set(key, text);
    try {
      if (value === null) this.storage.removeItem(key);
      else this.storage.setItem(key, text);
    } catch {
      // Full storage: it stays on the page, and is only lost when that is loaded again.
    }
  }
}
