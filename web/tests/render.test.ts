import { describe, expect, it } from "vitest";
import type { Annotation, Shape } from "../src/api/types";
import { Bitmap, fillRegion } from "../src/render/bitmap";
import { contours, inRings, thinned } from "../src/render/contours";
import { boxFromCorners, clampPoint, toImage, toScreen, visibleBox } from "../src/render/coordinates";
import { bitmapOf, boundsOf, contains, cornersOf, moved } from "../src/render/shapes";
import { SpatialIndex } from "../src/render/spatial";
import { newAnnotation } from "../src/state/editing";

describe("coordinates", () => {
  const view = { scale: 2.5, x: 100, y: -40 };

  it("go to the screen and back", () => {
    expect(toScreen(view, [10, 20])).toEqual([125, 10]);
    const [x, y] = toImage(view, toScreen(view, [123.25, 7.5]));
    expect(x).toBeCloseTo(123.25, 9);
    expect(y).toBeCloseTo(7.5, 9);
  });

  it("say what is visible", () => {
    expect(visibleBox(view, 500, 250)).toEqual([-40, 16, 160, 116]);
  });

  it("sort corners and stay on the image", () => {
    expect(boxFromCorners([9, 2], [3, 8])).toEqual([3, 2, 9, 8]);
    expect(clampPoint([-5, 300], 200, 100)).toEqual([0, 100]);
  });
});

describe("Bitmap", () => {
  it("paints a disk and a straight line by pixel centres", () => {
    const mask = new Bitmap(0, 0, 20, 10);
    mask.stroke([5, 5], [5, 5], 1, 1);
    expect(mask.area()).toBe(4);
    mask.stroke([2, 5], [18, 5], 1, 1);
    expect(mask.tightBox()).toEqual([1, 4, 19, 6]);
    mask.stroke([0, 5], [20, 5], 3, 0);
    expect(mask.tightBox()).toBeNull();
  });

  it("grows without losing anything, wherever it lies", () => {
    const mask = new Bitmap(5, 6, 2, 1, Uint8Array.of(1, 1));
    const grown = mask.grown([0, 4, 6, 20]);
    expect(grown.box).toEqual([0, 4, 7, 20]);
    expect([grown.at(5, 6), grown.at(6, 6), grown.at(4, 6), grown.area()]).toEqual([true, true, false, 2]);
    expect(Bitmap.empty().grown([3, 4, 5, 6]).box).toEqual([3, 4, 5, 6]);
  });

  it("fills what is enclosed and nothing that is open", () => {
    const ring = new Bitmap(0, 0, 7, 7);
    for (let i = 1; i < 6; i++) for (const j of [1, 5]) ring.data[i * 7 + j] = ring.data[j * 7 + i] = 1;
    expect(fillRegion(ring, [3, 3])?.area()).toBe(25);
    expect(fillRegion(ring, [0, 0])).toBeNull();
    expect(fillRegion(ring, [1, 1])).toBeNull();
    expect(fillRegion(ring, [40, 3])).toBeNull();
    ring.data[3 * 7 + 5] = 0;
    expect(fillRegion(ring, [3, 3])).toBeNull();
  });
});

describe("contours", () => {
  it("of one pixel are four middles", () => {
    const rings = contours(new Bitmap(10, 20, 1, 1, Uint8Array.of(1)));
    expect(rings).toEqual([[[10.5, 20], [11, 20.5], [10.5, 21], [10, 20.5]]]);
  });

  it("keep holes apart and diagonal pixels too", () => {
    const ring = new Bitmap(0, 0, 3, 3, Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1));
    expect(contours(ring)).toHaveLength(2);
    const diagonal = new Bitmap(0, 0, 2, 2, Uint8Array.of(1, 0, 0, 1));
    expect(contours(diagonal)).toHaveLength(2);
    expect(contours(Bitmap.empty())).toEqual([]);
  });

  it("are thinned for small pictures, never away", () => {
    const ring = contours(new Bitmap(0, 0, 40, 40, new Uint8Array(1600).fill(1)))[0]!;
    const circle = Array.from({ length: 100 }, (_, i): [number, number] => [Math.cos(i / 16) * 9, Math.sin(i / 16) * 9]);
    expect(thinned(circle, 3).length).toBeLessThan(25);
    expect(thinned(circle, 0)).toBe(circle);
    expect(thinned(ring, 1000)).toBe(ring);
  });

  it("enclose the same pixels", () => {
    let seed = 3;
    const mask = new Bitmap(4, 2, 12, 9);
    mask.data.forEach((_, i) => (mask.data[i] = (seed = (seed * 16807) % 2147483647) % 3 > 0 ? 1 : 0));
    const rings = contours(mask).map((ring) => ring.flat());
    for (let y = 2; y < 11; y++) {
      for (let x = 4; x < 16; x++) expect(inRings([x + 0.5, y + 0.5], rings)).toBe(mask.at(x, y));
    }
  });
});

describe("shapes", () => {
  const triangle: Shape = { type: "polygons", rings: [[0, 0, 10, 0, 0, 10]] };

  it("know their bounds, their inside and their pixels", () => {
    expect(boundsOf(triangle)).toEqual([0, 0, 10, 10]);
    expect([contains(triangle, [2, 2]), contains(triangle, [8, 8])]).toEqual([true, false]);
    expect(bitmapOf(triangle).area()).toBe(45);
    expect(contains({ type: "box", xyxy: [1, 1, 3, 3] }, [3, 3])).toBe(false);
  });

  it("are oriented boxes too, turned clockwise on the screen", () => {
    const upright: Shape = { type: "oriented_box", cx: 5, cy: 6, w: 4, h: 2, angle: 0 };
    expect(cornersOf(upright)).toEqual([3, 5, 7, 5, 7, 7, 3, 7]);
    expect(boundsOf(upright)).toEqual([3, 5, 7, 7]);
    const turned: Shape = { ...upright, angle: Math.PI / 6 };
    expect([contains(turned, [6.5, 6.8]), contains(turned, [6.5, 5.2])]).toEqual([true, false]);
    expect(bitmapOf(turned).area()).toBeGreaterThan(5);
    expect(moved(turned, 2, -1)).toEqual({ ...turned, cx: 7, cy: 5 });
  });

  it("move", () => {
    expect(moved({ type: "box", xyxy: [1, 2, 3, 4] }, 5, -1)).toEqual({ type: "box", xyxy: [6, 1, 8, 3] });
    expect(moved(triangle, 1, 2)).toEqual({ type: "polygons", rings: [[1, 2, 11, 2, 1, 12]] });
  });
});

describe("SpatialIndex", () => {
  const box = (id: string, xyxy: [number, number, number, number]): Annotation => {
    return { ...newAnnotation(id, 1, 1), shape: { type: "box", xyxy } };
  };
  const index = new SpatialIndex([
    box("large", [0, 0, 100, 100]),
    box("small", [10, 10, 20, 20]),
    newAnnotation("none", 1, 1),
  ]);

  it("finds what is in view, in creation order", () => {
    expect(index.within([15, 15, 30, 30]).map(({ id }) => id)).toEqual(["large", "small"]);
    expect(index.within([50, 50, 60, 60]).map(({ id }) => id)).toEqual(["large"]);
  });

  it("finds what is under a point, smallest first", () => {
    expect(index.at([15, 15]).map(({ id }) => id)).toEqual(["small", "large"]);
    expect(index.at([50, 50]).map(({ id }) => id)).toEqual(["large"]);
    expect(index.at([150, 50])).toEqual([]);
    expect(new SpatialIndex([]).at([1, 1])).toEqual([]);
  });

  it("answers for ten thousand boxes within a frame", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => {
      const [x, y] = [(i % 100) * 20, Math.floor(i / 100) * 20];
      return box(String(i), [x, y, x + 12, y + 12]);
    });
    const large = new SpatialIndex(many);
    expect(large.within([0, 0, 199, 199])).toHaveLength(100);
    expect(large.within([-1, -1, 2001, 2001])).toHaveLength(10_000);
  });
});
