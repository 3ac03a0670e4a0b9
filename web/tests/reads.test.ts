import { describe, expect, it } from "vitest";
import { Reads } from "../src/state/reads";

/** Two reads, of which the later one is answered first. */
async function readTwice(first: string, second: string) {
  const reads = new Reads();
  let answer: (value: string) => void = () => undefined;
  const late = reads.read(first, () => new Promise<string>((resolve) => (answer = resolve)));
  const early = await reads.read(second, async () => "new");
  answer("old");
  return [early, await late];
}

describe("reads", () => {
  it("drop what a later read has made out of date", async () => {
    expect(await readTwice("classes", "classes")).toEqual(["new", null]);
  });

  it("of other things do not matter", async () => {
    expect(await readTwice("image 1", "image 2")).toEqual(["new", "old"]);
  });

  it("in order are all taken up", async () => {
    const reads = new Reads();
    expect([await reads.read(1, async () => "a"), await reads.read(1, async () => "b")]).toEqual(["a", "b"]);
  });
});
