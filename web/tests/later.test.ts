import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadLater } from "../src/ui/later";

const LONG_MS = 10_000;

describe("a part that is loaded later", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is handed over once, after the first screen", async () => {
    const loaded: string[] = [];
    loadLater(async () => "part", (part) => loaded.push(part));
    expect(loaded).toEqual([]);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(loaded).toEqual(["part"]);
  });

  it("is tried again until it can be had", async () => {
    const loaded: string[] = [];
    const load = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error("away")).mockResolvedValue("part");
    loadLater(load, (part) => loaded.push(part));
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect([load.mock.calls.length, loaded]).toEqual([2, ["part"]]);
  });

  it("is asked for at another address, because the browser keeps the failure of the first one", async () => {
    const loaded: string[] = [];
    const failed = new Error("Failed to fetch dynamically imported module: http://host/part.js");
    const load = vi.fn<() => Promise<string>>().mockRejectedValue(failed);
    const again = vi.fn<(address: string) => Promise<string>>().mockRejectedValueOnce(failed).mockResolvedValue("part");
    loadLater(load, (part) => loaded.push(part), again);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect([load.mock.calls.length, again.mock.calls.flat()]).toEqual([1, ["http://host/part.js?retry=1", "http://host/part.js?retry=2"]]);
    expect(loaded).toEqual(["part"]);
  });

  it("is not handed to a page that is gone, and not tried again", async () => {
    const loaded: string[] = [];
    const load = vi.fn(() => Promise.reject(new Error("away")));
    const stop = loadLater(load, (part) => loaded.push(part));
    await vi.advanceTimersByTimeAsync(LONG_MS);
    stop();
    load.mockClear();
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect([load.mock.calls.length, loaded]).toEqual([0, []]);
  });
});
