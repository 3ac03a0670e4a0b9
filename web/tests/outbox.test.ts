import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Elsewhere, Refused, Unable, Unreachable } from "../src/api/client";
import { Outbox, type OutboxEvents } from "../src/api/outbox";
import { warnOnLeaving } from "../src/state/leaving";
import { MemoryStorage } from "./support/storage";

interface Entry {
  id: string;
  body?: string;
}

const never = () => Promise.resolve(false);

function setUp(storage = new MemoryStorage(), name = "test", tab = "") {
  const sent: string[] = [];
  const refused: string[] = [];
  const said: string[] = [];
  let failure: Error | null = null;
  const events: OutboxEvents<Entry> = {
    async send(entry, keep) {
      entry.body ??= `body of ${entry.id}`;
      keep();
      await Promise.resolve();
      sent.push(entry.id);
      if (failure !== null) throw failure;
    },
    refused: (entry) => refused.push(entry.id),
    changed: (connection) => said.push(connection),
  };
  const outbox = new Outbox<Entry>(storage, name, events, tab);
  return { storage, outbox, sent, refused, said, fail: (error: Error | null) => (failure = error) };
}

describe("Outbox", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("sends in order, and forgets what was acknowledged", async () => {
    const { outbox, sent, storage } = setUp();
    for (const id of ["a", "b", "c"]) outbox.push({ id });
    expect(storage.length).toBe(3);
    await outbox.drained();
    expect(sent).toEqual(["a", "b", "c"]);
    expect([outbox.pending, storage.length]).toEqual([[], 0]);
  });

  it("keeps everything while the server is away, and sends the same ids when it is back", async () => {
    const { outbox, sent, said, fail } = setUp();
    fail(new Unreachable("away"));
    outbox.push({ id: "a" });
    outbox.push({ id: "b" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(new Set(sent)).toEqual(new Set(["a"]));
    expect(said.at(-1)).toBe("away");
    fail(null);
    sent.length = 0;
    await vi.advanceTimersByTimeAsync(3000);
    expect(sent).toEqual(["a", "b"]);
    expect(said.at(-1)).toBe("fine");
  });

  it("waits for a server that cannot save", async () => {
    const { outbox, said, fail } = setUp();
    fail(new Unable("the disk is full", "storage"));
    outbox.push({ id: "a" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outbox.pending).toHaveLength(1);
    expect(said.at(-1)).toBe("unable");
  });

  it("keeps what was meant for another project, and says so", async () => {
    const { outbox, said, fail, refused } = setUp();
    fail(new Elsewhere("another project is served here", "other_project"));
    outbox.push({ id: "a" });
    await vi.advanceTimersByTimeAsync(30_000);
    expect([outbox.pending.length, said.at(-1), refused]).toEqual([1, "elsewhere", []]);
    fail(null);
    await vi.advanceTimersByTimeAsync(3000);
    expect([outbox.pending.length, said.at(-1)]).toEqual([0, "fine"]);
  });

  it("sends what closed tabs left, before its own, and nothing of an open one", async () => {
    const storage = new MemoryStorage();
    const [open, closed, own] = ["open", "closed", "own"].map((tab) => setUp(storage, "test", tab));
    for (const { fail } of [open!, closed!, own!]) fail(new Unreachable("away"));
    open!.outbox.push({ id: "a" });
    closed!.outbox.push({ id: "b" });
    await vi.advanceTimersByTimeAsync(1);
    own!.outbox.push({ id: "c" });
    const gone = (tab: string) => Promise.resolve(tab === "closed");
    expect(await own!.outbox.restore(gone)).toBe(true);
    expect(own!.outbox.pending.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(await own!.outbox.restore(gone)).toBe(false);
  });

  it("gives up a change that makes the server fail every time, and goes on", async () => {
    const { outbox, sent, refused, fail } = setUp();
    fail(new Unable("something went wrong", "internal"));
    outbox.push({ id: "a" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect([refused, sent.length]).toEqual([["a"], 6]);
    fail(null);
    outbox.push({ id: "b" });
    await outbox.drained();
    expect(sent.at(-1)).toBe("b");
  });

  it("drops what the server refuses and goes on", async () => {
    const { outbox, sent, refused, fail } = setUp();
    fail(new Refused("no", "input"));
    outbox.push({ id: "a" });
    outbox.push({ id: "b" });
    await outbox.drained();
    expect([sent, refused]).toEqual([["a", "b"], ["a", "b"]]);
  });

  it("takes up what an earlier page left, as it was first sent", async () => {
    const first = setUp();
    first.fail(new Unreachable("away"));
    first.outbox.push({ id: "a" });
    first.outbox.push({ id: "b" });
    await vi.advanceTimersByTimeAsync(100);
    const second = setUp(first.storage);
    void second.outbox.restore(never);
    expect(second.outbox.pending.map(({ id, body }) => [id, body])).toEqual([["a", "body of a"], ["b", undefined]]);
    await second.outbox.drained();
    expect(second.sent).toEqual(["a", "b"]);
    expect(first.storage.length).toBe(0);
  });

  it("leaves other projects' changes and unreadable ones alone", async () => {
    const storage = new MemoryStorage();
    const away = setUp(storage, "other");
    away.fail(new Unreachable("away"));
    away.outbox.push({ id: "a" });
    storage.setItem("fewclicks.outbox.test.broken", "{");
    const { outbox } = setUp(storage, "test");
    void outbox.restore(never);
    expect(outbox.pending).toEqual([]);
    expect(storage.length).toBe(1);
  });

  it("still sends when the browser's storage is full", async () => {
    const { outbox, storage, sent } = setUp();
    storage.full = true;
    outbox.push({ id: "a" });
    await outbox.drained();
    expect(sent).toEqual(["a"]);
  });

  it("warns when the page is left while the storage has no place for a change", async () => {
    const { outbox, storage, fail } = setUp();
    const page = new EventTarget();
    warnOnLeaving(page, outbox);
    const leaving = () => page.dispatchEvent(new Event("beforeunload", { cancelable: true }));
    fail(new Unreachable("away"));
    outbox.push({ id: "a" });
    expect(leaving()).toBe(true);
    storage.full = true;
    outbox.push({ id: "b" });
    expect(leaving()).toBe(false);
    storage.full = false;
    fail(null);
    await vi.advanceTimersByTimeAsync(3000);
    expect([outbox.pending, leaving(), storage.length]).toEqual([[], true, 0]);
  });

  it("keeps a change as soon as the storage has a place again", async () => {
    const { outbox, storage, fail } = setUp();
    fail(new Unreachable("away"));
    outbox.push({ id: "a" });
    storage.full = true;
    outbox.push({ id: "b" });
    storage.full = false;
    outbox.withdraw(({ id }) => id === "a");
    expect([outbox.atRisk, storage.length, outbox.pending.map(({ id }) => id)]).toEqual([false, 1, ["b"]]);
    fail(null);
    await vi.advanceTimersByTimeAsync(3000);
    expect(outbox.pending).toEqual([]);
  });
});
