/** A tool that gathers points or prompts before it gives them to the server; undo takes them back one by one. */

import { Session } from "./session";
import type { Phase } from "./tool";

export abstract class GatheringSession<T> extends Session {
  protected gathered: T[] = [];
  private taken: T[] = [];

  override phase(): Phase {
    return this.gathered.length > 0 ? "prompting" : super.phase();
  }

  override back(): boolean {
    return this.handOver().length > 0;
  }

  override remove(): boolean {
    return this.undo();
  }

  override undo(): boolean {
    return this.shift(this.gathered, this.taken);
  }

  override redo(): boolean {
    return this.shift(this.taken, this.gathered);
  }

  protected gather(...more: T[]): void {
    this.gathered.push(...more);
    this.taken = [];
    this.desk.changed();
  }

  /** Everything that was gathered; nothing stays. */
  protected handOver(): T[] {
    const all = this.gathered;
    this.gathered = [];
    this.taken = [];
    this.desk.changed();
    return all;
  }

  private shift(from: T[], to: T[]): boolean {
    const last = from.pop();
    if (last === undefined) return false;
    to.push(last);
    this.desk.changed();
    return true;
  }
}
