import { expect, it } from "vitest";
import { claimAuthor } from "../src/api/author";
import { MemoryStorage } from "./support/storage";

it("names a browser once, and another browser differently", () => {
  const [here, there] = [new MemoryStorage(), new MemoryStorage()];
  const name = claimAuthor(here);
  expect(name).not.toBe("");
  expect(claimAuthor(here)).toBe(name);
  expect(claimAuthor(there)).not.toBe(name);
});

it("names the page alone while the storage is full", () => {
  const storage = new MemoryStorage();
  storage.full = true;
  expect(claimAuthor(storage)).not.toBe("");
});
