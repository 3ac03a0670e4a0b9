import { describe, expect, it } from "vitest";
import { claimTab, isClosed } from "../src/api/tabs";
import { MemoryStorage } from "./support/storage";

/** The locks of a browser as far as they are used: held until their page goes. */
class Locks {
  private readonly held = new Set<string>();

  /** The lock manager of a page, and how the page goes. */
  page(): { locks: LockManager; close(): void } {
    const own = new Set<string>();
    const request = (name: string, _options: LockOptions, run: (lock: Lock | null) => unknown): Promise<unknown> => {
      const isFree = !this.held.has(name);
      if (isFree) [own, this.held].forEach((names) => names.add(name));
      return Promise.resolve(run(isFree ? { name, mode: "exclusive" } : null));
    };
    const close = () => own.forEach((name) => this.held.delete(name));
    return { locks: { request } as unknown as LockManager, close };
  }
}

describe("a tab", () => {
  it("keeps its name over reloads, and a duplicate of it gets another", async () => {
    const [browser, session] = [new Locks(), new MemoryStorage()];
    const first = browser.page();
    const name = await claimTab(session, first.locks);
    first.close();
    expect(await claimTab(session, browser.page().locks)).toBe(name);
    expect(await claimTab(session, browser.page().locks)).not.toBe(name);
  });

  it("that is closed is taken over by one other", async () => {
    const browser = new Locks();
    const [gone, one, other] = [browser.page(), browser.page(), browser.page()];
    const name = await claimTab(new MemoryStorage(), gone.locks);
    expect(await isClosed(one.locks)(name)).toBe(false);
    gone.close();
    expect(await isClosed(one.locks)(name)).toBe(true);
    expect(await isClosed(other.locks)(name)).toBe(false);
  });
});
