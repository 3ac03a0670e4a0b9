import { describe, expect, it } from "vitest";
import { Bitmap } from "../src/render/bitmap";
import { countsFromString, decodeMask, encodeMask, stringFromCounts } from "../src/render/rle";

function draw(rows: string[], x = 0, y = 0): Bitmap {
  const out = new Bitmap(x, y, rows[0]!.length, rows.length);
  rows.forEach((row, r) => [...row].forEach((sign, c) => (out.data[r * out.width + c] = sign === "#" ? 1 : 0)));
  return out;
}

// Strings that pycocotools 2.0 writes for the same masks.
const KNOWN: [string, Bitmap, number, number, string][] = [
  ["a rectangle", draw(["###", "###", "###"], 2, 1), 7, 5, ";320009"],
  ["first and last pixel", draw(["#...", "....", "....", "...#"]), 4, 4, "01>0"],
  ["everything", draw(["###", "###", "###"]), 3, 3, "09"],
];

const RING = "^5=i04L4M2N2N2O0O2O_OI17OI17OI17OI17`0001N101N2N2N3L4Ll5";

describe("run lengths", () => {
  it.each(KNOWN)("writes %s as COCO does", (_name, mask, width, height, counts) => {
    expect(encodeMask(mask, width, height)?.counts).toBe(counts);
  });

  it.each(KNOWN)("reads %s", (_name, mask, width, height, counts) => {
    const { box } = mask;
    const read = decodeMask({ type: "mask", size: [height, width], counts, xyxy: box });
    expect(read.data).toEqual(mask.data);
  });

  it("reads and writes a ring with differences in both directions", () => {
    const ring = decodeMask({ type: "mask", size: [40, 30], counts: RING, xyxy: [0, 0, 30, 40] });
    const inside = (x: number, y: number) => ((y - 20) / 15) ** 2 + ((x - 14) / 11) ** 2 < 1;
    const hole = (x: number, y: number) => y >= 18 && y < 22 && x >= 12 && x < 16;
    for (let y = 0; y < 40; y++) {
      for (let x = 0; x < 30; x++) expect(ring.at(x, y), `${x},${y}`).toBe(inside(x, y) && !hole(x, y));
    }
    expect(encodeMask(ring, 30, 40)).toEqual({ type: "mask", size: [40, 30], counts: RING, xyxy: ring.tightBox() });
  });

  it("decodes only the crop", () => {
    const crop = decodeMask({ type: "mask", size: [40, 30], counts: RING, xyxy: [10, 16, 18, 24] });
    expect(crop.box).toEqual([10, 16, 18, 24]);
    expect(crop.at(11, 17)).toBe(true);
    expect(crop.at(12, 18)).toBe(false);
  });

  it("says that an empty mask is none", () => {
    expect(encodeMask(new Bitmap(3, 3, 5, 5), 20, 20)).toBeNull();
    expect(encodeMask(Bitmap.empty(), 20, 20)).toBeNull();
  });

  it("leaves out what lies outside the image", () => {
    const mask = new Bitmap(-2, -2, 6, 6, new Uint8Array(36).fill(1));
    expect(encodeMask(mask, 10, 10)?.xyxy).toEqual([0, 0, 4, 4]);
  });

  it("keeps random masks", () => {
    let seed = 1;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let round = 0; round < 50; round++) {
      const [width, height] = [1 + Math.floor(random() * 17), 1 + Math.floor(random() * 17)];
      const mask = new Bitmap(0, 0, width, height);
      const share = random();
      mask.data.forEach((_, i) => (mask.data[i] = random() < share ? 1 : 0));
      const shape = encodeMask(mask, width, height);
      if (shape === null) expect(mask.area()).toBe(0);
      else expect(decodeMask(shape).cropped([0, 0, width, height]).data).toEqual(mask.data);
    }
  });

  it("writes large runs and their differences", () => {
    const counts = [0, 1, 900_000_000, 2, 899_999_999, 40_000];
    expect(countsFromString(stringFromCounts(counts))).toEqual(counts);
  });

  it("refuses broken strings", () => {
    expect(() => countsFromString("P")).toThrow(RangeError);
    expect(() => countsFromString(" ")).toThrow(RangeError);
  });
});
