import { afterEach, expect, it, vi } from "vitest";
import { newClassId } from "../src/state/class-ids";

afterEach(() => void vi.restoreAllMocks());

it("makes class ids that fit every format and differ from page to page", () => {
  const ids = Array.from({ length: 1000 }, () => newClassId([]));
  expect(new Set(ids).size).toBeGreaterThan(990);
  expect(ids.every((id) => Number.isInteger(id) && id > 0 && id < 2 ** 31)).toBe(true);
});

it("takes no class id that is in use, and not zero", () => {
  const drawn = [0, 10, 12];
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    (array as Uint32Array)[0] = drawn.shift()!;
    return array;
  });
  expect(newClassId([5])).toBe(6);
});
