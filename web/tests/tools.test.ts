import { describe, expect, it } from "vitest";
import { Bitmap } from "../src/render/bitmap";
import { decodeMask, encodeMask } from "../src/render/rle";
import type { Annotation, MaskShape, Point } from "../src/api/types";
import { newAnnotation } from "../src/state/editing";
import { setUp } from "./support/bench";
import { SmallServer } from "./support/server";

const RIGHT = { button: "right" } as const;
const SHIFT = { shift: true };

function withObject(shape: Annotation["shape"], state: Annotation["state"] = "accepted") {
  const server = new SmallServer();
  server.annotations.set("old", { ...newAnnotation("old", 1, 7), state, shape });
  return setUp(server);
}

const rectangle = (x: number, y: number, width: number, height: number): MaskShape => {
  return encodeMask(new Bitmap(x, y, width, height, new Uint8Array(width * height).fill(1)), 100, 80)!;
};

describe("segment", () => {
  it("goes from idle over prompting and answered to accepted", async () => {
    const { bench, click, settled, objects } = setUp();
    expect(bench.session.phase()).toBe("idle");
    click([30, 30]);
    expect(bench.session.phase()).toBe("prompting");
    await settled();
    expect(bench.session.phase()).toBe("answered");
    expect(bench.session.hint()).toContain("Enter accepts");
    bench.forward();
    await settled();
    expect(bench.session.phase()).toBe("idle");
    expect(objects.shown[0]?.state).toBe("accepted");
    bench.select(objects.shown[0]!.id);
    expect(bench.session.phase()).toBe("accepted");
  });

  it("speaks of proposals only where there are some", () => {
    expect(setUp().bench.session.hint()).toBe("Drag a box around an object, or click on it");
    expect(withObject(rectangle(0, 0, 5, 5)).bench.session.hint()).not.toContain("suggestion");
    expect(withObject(rectangle(0, 0, 5, 5), "proposed").bench.session.hint()).toContain("Enter selects the next suggestion");
  });

  it("adds with the left button, removes with the right one and with Ctrl", async () => {
    const { click, objects, settled } = setUp();
    click([30, 30]);
    click([40, 30], RIGHT);
    click([50, 30], { ctrl: true });
    await settled();
    expect(objects.selected?.prompts.map((p) => p.type === "click" && p.adds)).toEqual([true, false, false]);
  });

  it("asks for another mask of a single click, and says when there can be none", async () => {
    const { bench, click, objects, settled, status } = setUp();
    expect(bench.another()).toBe(false);
    click([30, 30]);
    await settled();
    expect(bench.session.hint()).toContain("Tab shows another mask");
    expect([bench.another(), bench.another()]).toEqual([true, true]);
    await settled();
    expect(objects.selected?.prompts.map((prompt) => [prompt.type, "round" in prompt && prompt.round])).toEqual([
      ["click", 1],
      ["another_mask", 2],
      ["another_mask", 3],
    ]);
    click([40, 30]);
    await settled();
    expect(bench.session.hint()).not.toContain("Tab");
    expect(bench.another()).toBe(true);
    expect(status.notice).toBe("Another mask is available only after a single click");
    expect(objects.selected?.prompts).toHaveLength(4);
    bench.forward();
    await settled();
    expect(bench.another()).toBe(false);
  });

  it("does not start an object with a removal or outside the image", () => {
    const { click, objects, status } = setUp();
    click([30, 30], RIGHT);
    expect(status.notice).toContain("Click on the object first");
    click([300, 30]);
    expect(objects.shown).toEqual([]);
  });

  it("collects clicks while Shift is held and asks once", async () => {
    const { bench, click, objects, server, settled } = setUp();
    click([30, 30], SHIFT);
    click([40, 30], SHIFT);
    click([50, 30], { ...SHIFT, ...RIGHT });
    expect([server.requests.length, bench.session.phase()]).toEqual([0, "prompting"]);
    bench.undo();
    bench.undo();
    bench.redo();
    bench.session.released();
    await settled();
    expect(server.requests).toHaveLength(1);
    expect(objects.selected?.prompts).toHaveLength(2);
  });

  it("starts a new object with every box and leaves the other one proposed", async () => {
    const { drag, objects, settled } = setUp();
    drag([[10, 10], [20, 20], [30, 30]]);
    await settled();
    drag([[-20, 40], [50, 60], [60, 900]]);
    await settled();
    expect(objects.shown.map(({ state }) => state)).toEqual(["proposed", "proposed"]);
    expect(objects.selected?.prompts).toEqual([{ type: "box", xyxy: [0, 40, 60, 80] }]);
  });

  it("forgets a drag that was taken away", () => {
    const { bench, objects } = setUp();
    const at = (x: number) => ({ image: [x, x] as Point, screen: [2 * x, 2 * x] as Point, button: "left" as const });
    bench.pointer("down", { ...at(10), shift: false, ctrl: false });
    bench.pointer("move", { ...at(40), shift: false, ctrl: false });
    bench.session.cancel();
    bench.pointer("up", { ...at(40), shift: false, ctrl: false });
    expect(objects.shown).toEqual([]);
  });

  it("goes back one step at a time", async () => {
    const { bench, click, objects, settled } = setUp();
    click([30, 30]);
    await settled();
    click([35, 30], SHIFT);
    bench.back();
    expect([bench.session.phase(), objects.selectedId !== null]).toEqual(["answered", true]);
    bench.back();
    await settled();
    expect([objects.selectedId, objects.shown]).toEqual([null, []]);
    bench.redo();
    await settled();
    bench.take("select");
    bench.back();
    expect([objects.selectedId, objects.shown[0]?.state]).toEqual([null, "proposed"]);
    bench.forward();
    expect(objects.selectedId).toBe(objects.shown[0]?.id);
  });
});

describe("extreme points", () => {
  it("asks after the fourth point; points can be moved and undone before", async () => {
    const { bench, click, drag, objects, settled } = setUp();
    bench.take("extreme");
    click([30, 10]);
    click([10, 30]);
    click([30, 50]);
    bench.undo();
    expect(bench.session.hint()).toContain("Two more");
    bench.redo();
    drag([[10, 30], [5, 31]]);
    click([50, 30]);
    await settled();
    const points = [[30, 10], [5, 31], [30, 50], [50, 30]];
    expect(objects.selected?.prompts).toEqual([{ type: "extreme_points", points }]);
    click([20, 20], RIGHT);
    await settled();
    expect(objects.selected?.prompts[1]).toMatchObject({ type: "click", adds: false });
  });

  it("drops the points with Escape", () => {
    const { bench, click } = setUp();
    bench.take("extreme");
    click([30, 10]);
    bench.back();
    expect(bench.session.phase()).toBe("idle");
  });
});

describe("polygon", () => {
  const CORNERS: Point[] = [[10, 10], [40, 10], [40, 40]];

  function drawn() {
    const parts = setUp();
    parts.bench.take("polygon");
    CORNERS.forEach((corner) => parts.click(corner));
    return parts;
  }

  it.each([
    ["Enter", ({ bench }: ReturnType<typeof setUp>) => bench.forward()],
    ["a double click", ({ doubleClick }: ReturnType<typeof setUp>) => doubleClick([40, 40])],
    ["its first corner", ({ click }: ReturnType<typeof setUp>) => click([11, 11])],
  ])("is closed by %s", async (_name, close) => {
    const parts = drawn();
    close(parts);
    await parts.settled();
    expect(parts.objects.selected).toMatchObject({
      state: "accepted",
      shape: { type: "polygons", rings: [[10, 10, 40, 10, 40, 40]] },
    });
  });

  it("takes corners back with Backspace and undo, and needs three", () => {
    const { bench, objects, status } = drawn();
    bench.remove();
    bench.undo();
    bench.redo();
    bench.forward();
    expect([status.notice, objects.shown.length]).toEqual(["A polygon needs at least 3 corners", 0]);
    bench.back();
    expect(bench.session.phase()).toBe("idle");
  });
});

describe("box", () => {
  it("is a finished annotation; a click makes none", async () => {
    const { bench, click, drag, objects, settled } = setUp();
    bench.take("box");
    click([30, 30]);
    drag([[40, 50], [10, 20]]);
    await settled();
    expect(objects.shown).toHaveLength(1);
    expect(objects.selected).toMatchObject({ state: "accepted", shape: { type: "box", xyxy: [10, 20, 40, 50] } });
  });
});

describe("select", () => {
  it("picks, moves and resizes a box; a small slip moves nothing", async () => {
    const { bench, click, drag, objects, settled } = withObject({ type: "box", xyxy: [20, 20, 40, 40] });
    bench.take("select");
    click([30, 30]);
    drag([[30, 30], [31, 30]]);
    drag([[30, 30], [35, 45]]);
    await settled();
    expect(objects.shown[0]?.shape).toEqual({ type: "box", xyxy: [25, 35, 45, 55] });
    expect(bench.session.cursor([45, 55])).toBe("nwse-resize");
    drag([[45, 55], [20, 70]]);
    await settled();
    expect(objects.shown[0]?.shape).toEqual({ type: "box", xyxy: [20, 35, 25, 70] });
  });

  it("drags one corner of a polygon", async () => {
    const rings = [[10, 10, 40, 10, 40, 40]];
    const { bench, click, drag, objects, settled } = withObject({ type: "polygons", rings });
    bench.take("select");
    click([35, 15]);
    drag([[40, 10], [50, 5]]);
    await settled();
    expect(objects.shown[0]?.shape).toEqual({ type: "polygons", rings: [[10, 10, 50, 5, 40, 40]] });
  });

  it("takes the next larger object at a second click, and nothing beside them", async () => {
    const { bench, click, drag, objects, settled } = withObject({ type: "box", xyxy: [0, 0, 90, 70] });
    bench.take("box");
    drag([[20, 20], [40, 40]]);
    await settled();
    bench.take("select");
    bench.back();
    click([30, 30]);
    expect(objects.selectedId).not.toBe("old");
    click([30, 30]);
    expect(objects.selectedId).toBe("old");
    click([95, 75]);
    expect(objects.selectedId).toBeNull();
  });

  it("keeps the object that was drawn just now at the first click", async () => {
    const { bench, click, drag, objects, settled } = withObject({ type: "box", xyxy: [0, 0, 90, 70] });
    bench.take("box");
    drag([[20, 20], [40, 40]]);
    await settled();
    const drawn = objects.selectedId;
    bench.take("select");
    click([30, 30]);
    expect(objects.selectedId).toBe(drawn);
  });

  it("deletes, and undo brings it back", async () => {
    const { bench, click, objects, settled } = withObject(rectangle(20, 20, 20, 20));
    bench.take("select");
    click([30, 30]);
    bench.remove();
    expect(objects.shown).toEqual([]);
    await settled();
    bench.undo();
    await settled();
    expect(objects.selectedId).toBe("old");
  });
});

describe("painting", () => {
  const painted = (annotation: Annotation | null | undefined) => decodeMask(annotation!.shape as MaskShape);

  it("makes a new object, then goes on with it", async () => {
    const { bench, drag, objects, settings, settled } = setUp();
    settings.set("brushRadius", 3);
    bench.take("brush");
    drag([[20, 20], [40, 20]]);
    await settled();
    expect(objects.selected).toMatchObject({ state: "accepted", shape: { size: [80, 100], xyxy: [17, 17, 43, 23] } });
    drag([[20, 25], [20, 40]]);
    await settled();
    expect([objects.shown.length, painted(objects.selected).at(20, 40)]).toEqual([1, true]);
  });

  it("makes a new object of the chosen class where the stroke does not touch the selected one", async () => {
    const { bench, click, classes, drag, objects, server, settings, settled } = withObject(rectangle(20, 20, 20, 20));
    const before = objects.byId.get("old");
    classes.confirmed = server.classes = [...server.classes, { ...server.classes[0]!, id: 9, name: "fox" }];
    classes.choose(9);
    settings.set("brushRadius", 3);
    bench.take("brush");
    bench.select("old");
    drag([[60, 30], [70, 30]]);
    await settled();
    expect([objects.shown.length, objects.byId.get("old")]).toEqual([2, before]);
    expect(objects.selected).toMatchObject({ class_id: 9, state: "accepted", shape: { xyxy: [57, 27, 73, 33] } });
    bench.select("old");
    click([45, 30]);
    await settled();
    expect(objects.shown).toHaveLength(3);
  });

  it.each<[string, Point[]]>([
    ["begins in it", [[38, 30], [60, 30]]],
    ["ends in it", [[60, 30], [50, 30], [38, 30]]],
    ["runs beside it without a gap", [[43, 25], [43, 35]]],
  ])("adds a stroke that %s to the selected object", async (_name, places) => {
    const { bench, drag, objects, settings, settled } = withObject(rectangle(20, 20, 20, 20));
    settings.set("brushRadius", 3);
    bench.take("brush");
    bench.select("old");
    drag(places);
    await settled();
    expect([objects.shown.length, objects.selectedId]).toEqual([1, "old"]);
    for (const [x, y] of [...places, [21, 21]]) expect(painted(objects.selected).at(x!, y!)).toBe(true);
  });

  it("paints an object without pixels from anywhere", async () => {
    const { bench, click, objects, settled } = withObject({ type: "mask", size: [80, 100], counts: "Pj7", xyxy: [0, 0, 0, 0] }, "proposed");
    bench.take("brush");
    bench.select("old");
    click([60, 30]);
    await settled();
    expect([objects.shown.length, painted(objects.selected).at(60, 30)]).toEqual([1, true]);
  });

  it("draws straight lines from the last point with Shift, and erases with the right button", async () => {
    const { bench, click, objects, settings, settled } = setUp();
    settings.set("brushRadius", 2);
    bench.take("brush");
    click([10, 10]);
    click([60, 10], SHIFT);
    await settled();
    expect(painted(objects.selected).at(35, 10)).toBe(true);
    click([35, 10], RIGHT);
    await settled();
    expect(painted(objects.selected).at(35, 10)).toBe(false);
  });

  it("paints over a proposal without accepting it, and forgets its predicted quality", async () => {
    const { bench, click, objects, settled } = withObject(rectangle(20, 20, 20, 20), "proposed");
    bench.select("old");
    bench.take("brush");
    click([42, 30]);
    await settled();
    expect(objects.selected).toMatchObject({ state: "proposed", prompts: [], provenance: { predicted_quality: null } });
    expect(painted(objects.selected).at(21, 21)).toBe(true);
  });

  it("erases; an object of which nothing is left is deleted", async () => {
    const { bench, drag, objects, settings, settled, status } = withObject(rectangle(20, 20, 10, 10));
    settings.set("brushRadius", 30);
    bench.take("eraser");
    drag([[25, 25], [26, 26]]);
    expect(status.notice).toBe("Select an object to erase from");
    bench.select("old");
    drag([[25, 25], [26, 26]]);
    await settled();
    expect(objects.shown).toEqual([]);
  });

  it("stays on the image and leaves no stroke that was taken away", async () => {
    const { bench, click, objects, settled } = setUp();
    bench.take("brush");
    click([-500, -500]);
    expect(objects.shown).toEqual([]);
    click([99, 79]);
    await settled();
    expect((objects.selected!.shape as MaskShape).xyxy.slice(2)).toEqual([100, 80]);
  });

  it("fills a closed region and says when it is open", async () => {
    const { bench, click, drag, objects, settings, settled, status } = setUp();
    settings.set("brushRadius", 2);
    bench.take("brush");
    drag([[20, 20], [60, 20], [60, 60], [20, 60], [20, 20]]);
    bench.take("fill");
    click([40, 40]);
    await settled();
    expect(painted(objects.selected).at(40, 40)).toBe(true);
    click([80, 70]);
    expect(status.notice).toContain("not enclosed");
  });
});
