/** Every change, in order, kept until the server has acknowledged it, and sent again when it comes back. */

import { Elsewhere, Refused, Unable } from "./client";

export interface Keep {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export type Connection = "fine" | "away" | "unable" | "elsewhere";

export interface OutboxEvents<E> {
  /** An entry that an earlier page stored, as this one has it. */
  read?(entry: E): E;
  /** Sends one entry; it may complete the entry first (it is kept again before it leaves). */
  send(entry: E, keep: () => void): Promise<void>;
  refused(entry: E, reason: Refused): void;
  changed(connection: Connection, message: string): void;
}

/** A fault inside the server is not waited for longer: what comes after it would never be saved. */
const MOST_FAULTS = 5;

const PAUSES_MS = [300, 600, 1200, 2000];

export class Outbox<E extends { id: string }> {
  private entries: E[] = [];
  private readonly keys = new Map<string, string>();
  /** Those that the storage had no place for. */
  private readonly unkept = new Set<string>();
  private sequence = 0;
  private busy = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private idle: (() => void)[] = [];

  /** `name` separates projects that share one browser storage; `tab` the pages that do. */
  constructor(
    private readonly storage: Keep,
    private readonly name: string,
    private readonly events: OutboxEvents<E>,
    private readonly tab = "",
  ) {}

  get pending(): readonly E[] {
    return this.entries;
  }

  /** Whether something would be lost if the page went now. */
  get atRisk(): boolean {
    return this.unkept.size > 0;
  }

  /** Takes up what this tab or closed ones left behind, oldest first, and starts to send; whether there was anything. */
  async restore(isClosed: (tab: string) => Promise<boolean>): Promise<boolean> {
    const left = this.left();
    const gone = new Set(["", this.tab]);
    for (const tab of new Set(left.map(tabOf))) if (!gone.has(tab) && (await isClosed(tab))) gone.add(tab);
    const taken = left.filter((key) => gone.has(tabOf(key)));
    this.entries = [...taken.flatMap((key) => this.take(key)), ...this.entries];
    this.flush();
    return taken.length > 0;
  }

  push(entry: E): void {
    const stamp = String(Date.now()).padStart(15, "0") + String(this.sequence++).padStart(6, "0");
    this.entries.push(entry);
    this.keys.set(entry.id, `${this.prefix}${stamp}.${entry.id}.${this.tab}`);
    this.keep(entry);
    this.flush();
  }

  /** Writes an entry again after it was altered. */
  keep(entry: E): void {
    const key = this.keys.get(entry.id);
    if (key === undefined) return;
    try {
      this.storage.setItem(key, JSON.stringify(entry));
      this.unkept.delete(entry.id);
    } catch {
      this.unkept.add(entry.id); // Full storage: the entry stays in memory, and the page warns when it is left.
    }
  }

  /** Takes back entries that were not sent. */
  withdraw(which: (entry: E) => boolean): void {
    this.entries.filter(which).forEach((entry) => this.forget(entry));
  }

  /** Sends now instead of at the next attempt. */
  flush(): void {
    clearTimeout(this.timer);
    if (!this.busy && this.entries.length > 0) void this.run();
  }

  /** Resolves when nothing is waiting any more. */
  drained(): Promise<void> {
    return this.entries.length === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  private get prefix(): string {
    return `fewclicks.outbox.${this.name}.`;
  }

  /** The keys of stored entries that this page does not have, oldest first. */
  private left(): string[] {
    const own = new Set(this.keys.values());
    const keys = Array.from({ length: this.storage.length }, (_, at) => this.storage.key(at) ?? "");
    return keys.filter((key) => key.startsWith(this.prefix) && !own.has(key)).sort();
  }

  private take(key: string): E[] {
    const text = this.storage.getItem(key);
    try {
      const stored = JSON.parse(text ?? "") as E;
      const entry = this.events.read?.(stored) ?? stored;
      this.keys.set(entry.id, key);
      return [entry];
    } catch {
      this.storage.removeItem(key);
      return [];
    }
  }

  private async run(): Promise<void> {
    this.busy = true;
    let entry: E | undefined;
    while ((entry = this.entries[0]) !== undefined) {
      if (!(await this.attempt(entry))) break;
    }
    this.busy = false;
    if (entry === undefined) this.idle.splice(0).forEach((resolve) => resolve());
    else this.timer = setTimeout(() => this.flush(), PAUSES_MS[Math.min(this.failures, PAUSES_MS.length) - 1]);
  }

  private async attempt(entry: E): Promise<boolean> {
    try {
      await this.events.send(entry, () => this.keep(entry));
    } catch (error) {
      const reason = this.asRefusal(error as Error);
      if (reason === null) return this.later(error as Error);
      this.drop(entry);
      this.events.refused(entry, reason);
      return true;
    }
    this.drop(entry);
    return true;
  }

  private asRefusal(error: Error): Refused | null {
    if (error instanceof Refused) return error;
    const hopeless = error instanceof Unable && error.code === "internal" && this.failures >= MOST_FAULTS;
    return hopeless ? new Refused(error.message, error.code) : null;
  }

  private later(error: Error): false {
    this.failures += 1;
    this.events.changed(connectionAfter(error), error.message);
    return false;
  }

  private drop(entry: E): void {
    this.forget(entry);
    this.failures = 0;
    this.events.changed("fine", "");
  }

  private forget(entry: E): void {
    const key = this.keys.get(entry.id);
    if (key !== undefined) this.storage.removeItem(key);
    this.keys.delete(entry.id);
    this.unkept.delete(entry.id);
    this.entries = this.entries.filter((other) => other !== entry);
    for (const other of this.entries) if (this.unkept.has(other.id)) this.keep(other);
  }
}

/** The tab of an entry's key; earlier releases named none. */
const tabOf = (key: string): string => /\.\d{21}\.[^.]*\.(.*)$/.exec(key)?.[1] ?? "";

/** What a request that must be repeated tells about the server. */
export function connectionAfter(error: unknown): Connection {
  if (error instanceof Elsewhere) return "elsewhere";
  return error instanceof Unable ? "unable" : "away";
}
