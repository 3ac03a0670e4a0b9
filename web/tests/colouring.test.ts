import { describe, expect, it } from "vitest";
import type { Annotation, Point } from "../src/api/types";
import { Bitmap } from "../src/render/bitmap";
import { alike, colourDifference, type Lab } from "../src/render/colour-difference";
import { coloured, type Wish } from "../src/render/colouring";
import { RegionMap } from "../src/render/region-map";
import { encodeMask } from "../src/render/rle";
import { newAnnotation } from "../src/state/editing";
import { PALETTE } from "../src/state/palette";

const WHOLE: Point = [100, 80];

describe("the difference of colours", () => {
  it.each<[Lab, Lab, number]>([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, 2.5, 0], [50, 0, -2.5], 4.3065],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[50, 2.5, 0], [61, -5, 29], 22.8977],
    [[50, 2.5, 0], [56, -27, -3], 31.903],
    [[50, 2.5, 0], [58, 24, 15], 19.4535],
    [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
  ])("of %j and %j is that of the published table", (one, other, expected) => {
    expect(colourDifference(one, other)).toBeCloseTo(expected, 4);
    expect(colourDifference(other, one)).toBeCloseTo(expected, 4);
  });

  it.each([
    ["COCO's car and truck", "#00008e", "#000046"],
    ["two spellings", "#E69F00", "#e69f00"],
    ["sky blue and light blue", "#56b4e9", "#88ccee"],
    ["two greens", "#009e73", "#44aa99"],
  ])("is too small for %s", (_name, one, other) => {
    expect([alike(one, other), alike(other, one)]).toEqual([true, true]);
  });

  it("is large enough between Okabe and Ito's colours", () => {
    const first = PALETTE.slice(0, 7);
    for (const one of first) expect(first.filter((other) => alike(one, other))).toEqual([one]);
  });
});

describe("colours", () => {
  const graph = (edges: [string, string][], ids: string[]) => {
    const neighbours = new Map(ids.map((id) => [id, new Set<string>()]));
    for (const [a, b] of edges) {
      neighbours.get(a)!.add(b);
      neighbours.get(b)!.add(a);
    }
    return neighbours;
  };
  const wish = (id: string, own: string, kept: string | null = null): Wish => ({ id, own, kept });
  const [orange, blue] = PALETTE;

  it("are those of the classes where no neighbour has the same", () => {
    const neighbours = graph([["a", "b"]], ["a", "b", "c"]);
    const colors = coloured([wish("a", orange), wish("b", orange), wish("c", orange)], neighbours, PALETTE);
    expect(colors.get("a")).toBe(orange);
    expect(colors.get("b")).not.toBe(orange);
    expect(colors.get("c")).toBe(orange);
  });

  it("stay when another region comes in between", () => {
    const neighbours = graph([["a", "b"], ["a", "c"]], ["a", "b", "c"]);
    const colors = coloured([wish("c", orange), wish("a", orange, orange), wish("b", orange, blue)], neighbours, PALETTE);
    expect([colors.get("a"), colors.get("b")]).toEqual([orange, blue]);
    expect(colors.get("c")).not.toBe(orange);
  });

  it.each([
    ["one class", [orange]],
    ["classes of colours that look alike", ["#00008e", "#000046", "#56b4e9", "#88ccee", "#E69F00", "#e69f00"]],
  ])("never meet in a partition of many regions of %s", (_name, own) => {
    for (let seed = 1; seed <= 20; seed++) {
      const regions = randomPartition(seed);
      const map = new RegionMap(regions, WHOLE);
      const colors = coloured(regions.map(({ id }, i) => wish(id, own[i % own.length]!)), map.neighbours, PALETTE);
      const met = [...map.neighbours].flatMap(([id, others]) => [...others].map((other) => [colors.get(id)!, colors.get(other)!]));
      expect(colors.size).toBe(regions.length);
      expect(met.filter(([one, other]) => alike(one!, other!))).toEqual([]);
    }
  });

  it("of a neighbour are not taken in another spelling, nor by one that looks like it", () => {
    const neighbours = graph([["car", "truck"], ["small", "large"]], ["car", "truck", "small", "large"]);
    const wishes = [wish("car", "#00008e"), wish("truck", "#000046"), wish("small", "#e69f00"), wish("large", "#E69F00")];
    const colors = coloured(wishes, neighbours, PALETTE);
    expect([colors.get("car"), colors.get("small")]).toEqual(["#00008e", "#e69f00"]);
    expect([colors.get("truck"), colors.get("large")]).toEqual([orange, blue]);
  });

  it("are as different as they can be where every colour has its like around", () => {
    const ids = PALETTE.map((_, i) => `n${i}`);
    const neighbours = graph(ids.flatMap((a, i) => ids.slice(0, i).map((b): [string, string] => [a, b])), ids);
    const colors = coloured(ids.map((id) => wish(id, orange)), neighbours, PALETTE);
    expect(ids.filter((id) => !colors.has(id))).toEqual([]);
    expect(new Set(colors.values()).size).toBe(PALETTE.length);
  });

  it("do with the palette even when first come, first served would not", () => {
    // A hub comes last, after neighbours that each have a colour of their own.
    const rim = PALETTE.map((color, i) => wish(`n${i}`, color));
    const neighbours = graph(rim.map(({ id }) => [id, "hub"] as [string, string]), [...rim.map(({ id }) => id), "hub"]);
    const colors = coloured([...rim, wish("hub", orange)], neighbours, PALETTE);
    expect(rim.map(({ id }) => colors.get(id))).not.toContain(colors.get("hub"));
  });
});

/** Every pixel to the nearest of thirty points. */
function randomPartition(seed: number): Annotation[] {
  let state = seed * 7919;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const centres = Array.from({ length: 30 }, () => [random() * 100, random() * 80] as const);
  const masks = centres.map(() => new Bitmap(0, 0, 100, 80));
  for (let i = 0; i < 8000; i++) {
    const [x, y] = [i % 100, Math.floor(i / 100)];
    const far = centres.map(([cx, cy]) => (cx - x) ** 2 + (cy - y) ** 2);
    masks[far.indexOf(Math.min(...far))]!.data[i] = 1;
  }
  return masks.map((mask, i) => ({ ...newAnnotation(`r${i}`, 1, 7), shape: encodeMask(mask, ...WHOLE) }));
}
