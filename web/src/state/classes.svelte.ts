/** The classes of the project: what the server confirmed, with edits under way on top; and the chosen one. */

import type { LabelClass } from "../api/types";
import { type Change, replayClasses } from "./changes";

export class Classes {
  confirmed = $state.raw<LabelClass[]>([]);
  /** The last one that was chosen, there or not. */
  private wantedId = $state<number | null>(null);
  private edited = $state.raw<LabelClass[] | null>(null);
  shown = $derived(this.edited ?? this.confirmed);
  /** The class for what comes; null while there is none. */
  chosenId = $derived(this.has(this.wantedId) ? this.wantedId : (this.shown[0]?.id ?? null));
  private readonly colors = $derived(new Map(this.shown.map((c) => [c.id, c.color])));

  choose(id: number | null): void {
    this.wantedId = id;
  }

  has(id: number | null): boolean {
    return this.shown.some((c) => c.id === id);
  }

  colorOf = (id: number): string => this.colors.get(id) ?? "#56b4e9";

  nameOf(id: number): string {
    return this.shown.find((c) => c.id === id)?.name ?? "?";
  }

  refresh(pending: readonly Change[]): void {
    this.edited = replayClasses(pending);
  }
}
