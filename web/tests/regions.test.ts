import { describe, expect, it, vi } from "vitest";
import type { Annotation, Box, MaskShape, Point } from "../src/api/types";
import { Bitmap } from "../src/render/bitmap";
import { cut, joined } from "../src/render/parts";
import { Pen } from "../src/render/pen";
import { RegionMap } from "../src/render/region-map";
import { encodeMask } from "../src/render/rle";
import { bitmapOf } from "../src/render/shapes";
import { newAnnotation } from "../src/state/editing";
import { KeyboardCursor } from "../src/state/cursor.svelte";
import { setUp } from "./support/bench";
import { SmallServer } from "./support/server";

const WHOLE: Point = [100, 80];
const SHIFT = { shift: true };

const filled = (x: number, y: number, width: number, height: number) =>
  new Bitmap(x, y, width, height, new Uint8Array(width * height).fill(1));

const maskOf = (...box: [number, number, number, number]): MaskShape => encodeMask(filled(...box), ...WHOLE)!;

function region(id: string, shape: Annotation["shape"], more: Partial<Annotation> = {}): Annotation {
  return { ...newAnnotation(id, 1, 7), shape, state: "accepted", ...more };
}

const LEFT = region("left", maskOf(0, 0, 50, 80));
const RIGHT = region("right", maskOf(50, 0, 40, 80), { state: "proposed" });

function withRegions(...regions: Annotation[]) {
  const server = new SmallServer();
  for (const each of regions) server.annotations.set(each.id, each);
  const parts = setUp(server);
  parts.bench.take("regions");
  return parts;
}

describe("the map of regions", () => {
  it("knows what is labelled and who touches whom", () => {
    const island = region("island", maskOf(94, 0, 6, 10));
    const map = new RegionMap([LEFT, RIGHT, island], WHOLE);
    expect(map.labelled).toBeCloseTo((90 * 80 + 60) / 8000);
    expect([...map.neighbours.get("left")!]).toEqual(["right"]);
    expect([...map.neighbours.get("island")!]).toEqual([]);
    expect(map.free.at(92, 5)).toBe(true);
  });

  it("counts a seam of two pixels as touching, and gives overlaps to the smaller one", () => {
    const map = new RegionMap([region("a", maskOf(0, 0, 30, 80)), region("b", maskOf(32, 0, 68, 80)), region("c", maskOf(0, 0, 5, 5))], WHOLE);
    expect(map.neighbours.get("a")).toEqual(new Set(["b", "c"]));
  });

  it("looks at large images on a grid", () => {
    const half = encodeMask(filled(0, 0, 2000, 3000), 4000, 3000)!;
    const map = new RegionMap([region("half", half)], [4000, 3000]);
    expect(map.step).toBeGreaterThan(1);
    expect(map.labelled).toBeCloseTo(0.5, 2);
  });

  it("has nothing without an image", () => {
    expect(new RegionMap([], [0, 0]).labelled).toBe(0);
  });
});

describe("a cut", () => {
  it("parts a region, and every pixel goes to one of the two", () => {
    const mask = filled(10, 10, 40, 20);
    const [stays, goes] = cut(mask, [[22, 5], [24, 35]])!;
    expect(stays.area() + goes.area()).toBe(800);
    expect(stays.area()).toBeGreaterThan(goes.area());
    expect([stays.at(45, 20), goes.at(12, 20)]).toEqual([true, true]);
    expect(stays.data.some((value, i) => value === 1 && goes.data[i] === 1)).toBe(false);
  });

  it.each<[string, Point[]]>([
    ["stops inside", [[22, 5], [24, 20]]],
    ["passes by", [[5, 0], [5, 50]]],
    ["is a point", [[22, 15]]],
  ])("that %s parts nothing", (_name, line) => {
    expect(cut(filled(10, 10, 40, 20), line)).toBeNull();
  });

  it("leaves pieces alone that it does not touch", () => {
    const mask = joined(filled(10, 10, 40, 20), filled(70, 10, 5, 5));
    const [stays, goes] = cut(mask, [[22, 5], [24, 35]])!;
    expect([stays.at(72, 12), goes.at(72, 12)]).toEqual([true, false]);
  });

  it("along a slant leaves nothing that hangs together at corners", () => {
    const [stays, goes] = cut(filled(0, 0, 30, 30), [[-2, 5], [25, 32]])!;
    expect(stays.area() + goes.area()).toBe(900);
    expect(goes.at(1, 28)).toBe(true);
  });
});

describe("the regions tool", () => {
  const POINTS: Point[] = [[30, 10], [10, 30], [30, 50], [50, 30]];

  it("asks at the fourth point, and goes on with the next region", async () => {
    const { bench, click, objects, server, settled } = withRegions();
    POINTS.slice(0, 3).forEach((point) => click(point));
    await settled();
    expect(server.requests).toHaveLength(0);
    click(POINTS[3]!);
    await settled();
    expect(server.requests[0]?.body).toMatchObject({ method: "regions", prompts: [{ type: "extreme_points", points: POINTS }] });
    expect(bench.session.hint()).toContain("extend");
    POINTS.forEach(([x, y]) => click([x + 30, y + 20]));
    await settled();
    expect(objects.shown).toHaveLength(2);
  });

  it("speaks of extending only where there is a region", () => {
    expect(withRegions().bench.session.hint()).toBe("Click a region's top, left, bottom and right, in any order");
    expect(withRegions(LEFT).bench.session.hint()).toBe("A single region fills its box · click the next region's extreme points");
    expect(withRegions(LEFT, RIGHT).bench.session.hint()).toContain("drag in a region to extend");
  });

  it("takes points back one by one, by undo, Backspace and right click", () => {
    const { bench, click } = withRegions();
    POINTS.slice(0, 3).forEach((point) => click(point));
    bench.undo();
    bench.redo();
    bench.remove();
    click([5, 5], { button: "right" });
    expect(bench.session.hint()).toContain("Three more");
    bench.back();
    expect(bench.session.phase()).toBe("idle");
  });

  it("moves a point before the answer and after it", async () => {
    const { click, drag, objects, server, settled } = withRegions();
    POINTS.slice(0, 3).forEach((point) => click(point));
    drag([[10, 30], [5, 31]]);
    click([50, 30]);
    await settled();
    drag([[50, 30], [60, 30]]);
    await settled();
    const given = server.requests.map(({ body }) => (body["prompts"] as { points: Point[] }[])[0]!.points);
    expect(given).toEqual([
      [[30, 10], [5, 31], [30, 50], [50, 30]],
      [[30, 10], [5, 31], [30, 50], [60, 30]],
    ]);
    expect(objects.selected?.prompts).toHaveLength(1);
  });

  it("shows the box of the selected region's points, and while one is dragged the box as it is now", async () => {
    const { bench, click, objects, settled } = withRegions();
    const frames = () => boxesDrawn((pen) => bench.session.draw(pen));
    POINTS.forEach((point) => click(point));
    await settled();
    expect(frames()).toEqual([[10, 10, 50, 50]]);
    const at = (x: number) => ({ image: [x, 30] as Point, screen: [2 * x, 60] as Point, button: "left" as const, shift: false, ctrl: false });
    bench.pointer("down", at(50));
    bench.pointer("move", at(70));
    expect(frames()).toEqual([[10, 10, 70, 50]]);
    bench.session.cancel();
    expect(frames()).toEqual([[10, 10, 50, 50]]);
    objects.allHidden = true;
    expect(frames()).toEqual([]);
    objects.allHidden = false;
    bench.select(null);
    expect(frames()).toEqual([]);
  });

  it("takes a click near another point for a new one", async () => {
    const { click, server, settled } = withRegions();
    click([0, 0]);
    click([1, 1]);
    click([30, 50]);
    click([50, 30]);
    await settled();
    expect(server.requests).toHaveLength(1);
  });

  it("a drag from inside a region extends that one, whichever is selected", async () => {
    const { bench, drag, server, settled } = withRegions(LEFT, RIGHT);
    bench.select("right");
    drag([[20, 20], [40, 22], [70, 24]]);
    await settled();
    expect(server.requests[0]?.body).toMatchObject({
      annotation_id: "left",
      method: "regions",
      prompts: [{ type: "scribble", points: [[20, 20], [40, 22], [70, 24]] }],
    });
  });

  it("a drag from nowhere says what to do, one that is taken away did not happen", async () => {
    const { bench, drag, server, settled, status } = withRegions(LEFT);
    drag([[80, 20], [40, 22]]);
    expect(status.notice).toContain("inside the region");
    const at = (x: number) => ({ image: [x, 20] as Point, screen: [2 * x, 40] as Point, button: "left" as const, shift: false, ctrl: false });
    bench.pointer("down", at(20));
    bench.pointer("move", at(60));
    bench.session.cancel();
    bench.pointer("up", at(60));
    await settled();
    expect(server.requests).toEqual([]);
  });

  it("outlines for a moment the other regions that a stroke changed", async () => {
    vi.useFakeTimers();
    try {
      const third = region("third", maskOf(90, 0, 10, 80));
      const { drag, objects, regions, server } = withRegions(LEFT, RIGHT, third);
      server.neighbours = ["right"];
      const stroke = async (...places: Point[]) => {
        drag(places);
        await vi.advanceTimersByTimeAsync(50);
      };
      await stroke([20, 20], [30, 22], [60, 24]);
      expect(regions.outlined).toEqual([objects.byId.get("right")]);
      await vi.advanceTimersByTimeAsync(2000);
      expect(regions.outlined).toEqual([]);
      await stroke([95, 20], [95, 30], [95, 40]);
      expect(regions.outlined).toHaveLength(1);
      regions.endOutline();
      expect(regions.outlined).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("outlines nothing after a change without a model", async () => {
    const { drag, regions, settled } = withRegions(LEFT, RIGHT);
    drag([[20, -5], [20, 40], [21, 90]], SHIFT);
    await settled();
    expect(regions.outlined).toEqual([]);
  });

  it("keeps a stroke on the image", async () => {
    const { drag, server, settled } = withRegions(LEFT, RIGHT);
    drag([[70, 20], [90, 22], [300, -40]]);
    await settled();
    const [{ points }] = server.requests[0]!.body["prompts"] as [{ points: Point[] }];
    expect(points.at(-1)).toEqual([100, 0]);
  });

  it("a region without pixels can be drawn from anywhere, and is not accepted", async () => {
    const empty: MaskShape = { type: "mask", size: [80, 100], counts: maskOf(0, 0, 1, 1).counts, xyxy: [0, 0, 0, 0] };
    const { bench, drag, server, settled, status } = withRegions(LEFT, region("lost", empty, { state: "proposed" }));
    bench.select("lost");
    bench.forward();
    expect(status.notice).toContain("no pixels");
    drag([[80, 20], [85, 22], [90, 24]]);
    await settled();
    expect(server.requests.map(({ body }) => body["annotation_id"])).toEqual(["lost"]);
  });

  it("splits a region by Shift and a drag across it; the class stays and the new part is selected", async () => {
    const { drag, objects, server, settled } = withRegions(LEFT);
    drag([[20, -5], [20, 40], [21, 90]], SHIFT);
    await settled();
    expect(objects.shown).toHaveLength(2);
    expect(objects.selectedId).not.toBe("left");
    expect(objects.selected).toMatchObject({ class_id: 7, state: "accepted" });
    const [stays, goes] = objects.shown.map(({ shape }) => bitmapOf(shape!).area());
    expect(stays! + goes!).toBe(50 * 80);
    expect(server.requests[0]?.body["kind"]).toBe("split");
  });

  it("splits the selected region, or else the one that the cut goes through most", async () => {
    const { bench, drag, objects, settled } = withRegions(LEFT, RIGHT);
    const line = Array.from({ length: 50 }, (_, i): Point => [2 * i, 40]);
    drag(line.map(([x, y]) => [x - 2, y]), SHIFT);
    await settled();
    expect(objects.shown.map(({ id }) => bitmapOf(objects.byId.get(id)!.shape!).area())).toEqual([2000, 3200, 2000]);
    bench.select("right");
    drag(line, SHIFT);
    await settled();
    expect(bitmapOf(objects.byId.get("right")!.shape!).area()).toBe(1600);
  });

  it("does not split by a cut that ends inside", async () => {
    const { drag, objects, settled, status } = withRegions(LEFT);
    drag([[20, 10], [20, 20], [21, 30]], SHIFT);
    await settled();
    expect(objects.shown).toHaveLength(1);
    expect(status.notice).toContain("across a whole region");
  });

  it("merges the two that are selected, as one change", async () => {
    const { bench, click, objects, server, settled, status } = withRegions(LEFT, RIGHT);
    bench.merge();
    expect(status.notice).toContain("Select two");
    click([20, 20], { button: "right" });
    click([70, 20], SHIFT);
    expect(bench.session.second()?.id).toBe("right");
    bench.merge();
    await settled();
    expect(objects.shown.map(({ id }) => id)).toEqual(["left"]);
    expect(bitmapOf(objects.shown[0]!.shape!).area()).toBe(90 * 80);
    expect(server.requests).toHaveLength(1);
    bench.undo();
    await settled();
    expect(objects.shown).toHaveLength(2);
  });

  it("accepts one with Enter, all with one more key", async () => {
    const { bench, objects, server, settled } = withRegions(LEFT, RIGHT, region("third", maskOf(90, 0, 10, 80), { state: "proposed" }));
    bench.acceptAll();
    await settled();
    expect(objects.shown.map(({ state }) => state)).toEqual(["accepted", "accepted", "accepted"]);
    expect(server.requests).toHaveLength(1);
    bench.acceptAll();
    await settled();
    expect(server.requests).toHaveLength(1);
  });

  it("is not taken where the server has no model for it", () => {
    const parts = setUp(new SmallServer(), undefined, ["segment"]);
    parts.bench.take("regions");
    expect(parts.bench.toolId).toBe("segment");
    expect(parts.status.notice).toContain("No installed model");
  });
});

/** The boxes that come onto the canvas, in image coordinates. */
function boxesDrawn(draw: (pen: Pen) => void): Box[] {
  const boxes = new Map<string, Box>();
  const strokeRect = (x: number, y: number, width: number, height: number) => {
    const box: Box = [x, y, x + width, y + height];
    boxes.set(String(box), box);
  };
  const context = new Proxy({}, { get: (_, name) => (name === "strokeRect" ? strokeRect : () => undefined), set: () => true });
  draw(new Pen(context as CanvasRenderingContext2D, { scale: 1, x: 0, y: 0 }, "#e69f00"));
  return [...boxes.values()];
}

describe("regions by keyboard alone", () => {
  it("are merged and split with the keys for Shift", async () => {
    const { bench, objects, settled } = withRegions(LEFT, RIGHT);
    const cursor = new KeyboardCursor(bench, () => ({ view: { scale: 1, x: 0, y: 0 }, width: 100, height: 80 }));
    bench.select("left");
    cursor.at = [70, 20];
    cursor.click("left", true);
    bench.merge();
    await settled();
    expect(objects.shown).toHaveLength(1);
    cursor.at = [30, 0];
    cursor.drag(true);
    cursor.at = [30, 40];
    bench.pointer("move", { image: [30, 40], screen: [30, 40], button: "left", shift: true, ctrl: false });
    cursor.at = [30, 80];
    cursor.drag();
    await settled();
    expect(objects.shown).toHaveLength(2);
  });
});
