/** What other pages and programs change in the project, as it happens and after a gap. */

import { LOG_URL } from "../api/client";
import type { LoggedChange } from "../api/schema";

/** The part of an EventSource that is used. */
export interface Source {
  readonly readyState: number;
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface FollowingParts {
  project: string;
  /** The number of the last change that the page knows. */
  known: number;
  /** Whether this page made the change with this id itself. */
  isOwn(id: string): boolean;
  /** Somebody else changed something. */
  changed(change: LoggedChange): void;
  open(url: string): Source;
}

const CLOSED = 2;

export class Following {
  private source: Source | null = null;
  private cursor: number;

  constructor(private readonly parts: FollowingParts) {
    this.cursor = parts.known;
  }

  /** Listens from where it left off; does nothing while it listens. */
  start(): void {
    if (this.source !== null && this.source.readyState !== CLOSED) return;
    this.source = this.parts.open(`${LOG_URL}?project=${this.parts.project}&after=${this.cursor}`);
    this.source.addEventListener("change", ({ data }) => this.note(JSON.parse(data) as LoggedChange));
  }

  /** A page that nobody sees gives its connection back: a browser has few for one server. */
  stop(): void {
    this.source?.close();
    this.source = null;
  }

  private note(change: LoggedChange): void {
    this.cursor = change.seq;
    if (!this.parts.isOwn(change.id)) this.parts.changed(change);
  }
}
