import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Box } from "../src/api/types";
import { ViewAhead } from "../src/state/view-ahead";

function looking() {
  const method = "detect";
  type Looked = { imageId: number; view: Box; method: string };
  const seen = { looked: { imageId: 1, view: [0, 0, 100, 100], method } as Looked | null };
  const told: [number, Box][] = [];
  const answers = { fail: false };
  const ahead = new ViewAhead({
    looked: () => seen.looked,
    tell: async (imageId, view) => {
      told.push([imageId, view]);
      if (answers.fail) throw new Error("away");
    },
  });
  return { ahead, seen, told, answers };
}

describe("what is looked at", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is told once the view stands still, and once", async () => {
    const { ahead, seen, told } = looking();
    ahead.moved();
    await vi.advanceTimersByTimeAsync(100);
    seen.looked = { imageId: 1, view: [50, 0, 150, 100], method: "detect" };
    ahead.moved();
    await vi.advanceTimersByTimeAsync(1000);
    ahead.moved();
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([[1, [50, 0, 150, 100]]]);
  });

  it("is told again when the server was asked for the image again, or did not answer", async () => {
    const { ahead, told, answers } = looking();
    answers.fail = true;
    ahead.moved();
    await vi.advanceTimersByTimeAsync(1000);
    answers.fail = false;
    ahead.moved();
    await vi.advanceTimersByTimeAsync(1000);
    ahead.again();
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toHaveLength(3);
  });

  it("is nothing with another tool", async () => {
    const { ahead, seen, told } = looking();
    seen.looked = null;
    ahead.moved();
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([]);
  });
});
