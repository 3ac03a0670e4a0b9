import { describe, expect, it } from "vitest";
import type { Annotation, PointShape } from "../src/api/types";
import { ArrowIndex } from "../src/render/arrows";
import { SpatialIndex } from "../src/render/spatial";
import { newAnnotation } from "../src/state/editing";
import { setUp } from "./support/bench";
import { SmallServer } from "./support/server";

const RIGHT = { button: "right" } as const;
const DOG = { id: 8, name: "dog", color: "#56b4e9", policy: "", overlaps: false };

const pointShape = (x: number, y: number): PointShape => ({ type: "point", x, y });

function annotated(id: string, shape: Annotation["shape"], classId = 7): Annotation {
  return { ...newAnnotation(id, 1, classId), state: "accepted", shape };
}

/** The page with these points in its image, a model of points, and the point tool in hand. */
function withPoints(...places: [x: number, y: number][]) {
  const server = new SmallServer();
  server.classes = [...server.classes, DOG];
  places.forEach(([x, y], n) => server.annotations.set(`p${n}`, annotated(`p${n}`, pointShape(x, y))));
  const parts = setUp(server, undefined, ["segment", "detect", "halfway"]);
  parts.bench.take("point");
  return parts;
}

const placesOf = ({ objects }: ReturnType<typeof setUp>) =>
  objects.shown.map(({ shape, class_id }) => [(shape as PointShape).x, (shape as PointShape).y, class_id]);

describe("the index", () => {
  const box = annotated("box", { type: "box", xyxy: [0, 0, 50, 50] });
  const index = new SpatialIndex([box, annotated("a", pointShape(20, 20)), annotated("b", pointShape(24, 20))]);

  it("finds points within reach before what lies under them, the nearest first", () => {
    expect(index.at([23, 20], 5).map(({ id }) => id)).toEqual(["b", "a", "box"]);
    expect(index.at([21, 20], 5).map(({ id }) => id)).toEqual(["a", "b", "box"]);
    expect(index.at([23, 20], 2).map(({ id }) => id)).toEqual(["b", "box"]);
    expect(index.at([-2, 10], 5)).toEqual([]);
  });
});

describe("the point tool", () => {
  it("places a point of the chosen class with each click", async () => {
    const parts = withPoints();
    parts.click([10.123, 20]);
    parts.classes.choose(8);
    parts.click([30, 40]);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[10.12, 20, 7], [30, 40, 8]]);
    expect(parts.objects.shown.map(({ state }) => state)).toEqual(["accepted", "accepted"]);
    expect(parts.server.requests.map(({ body }) => body["kind"])).toEqual(["point", "point"]);
  });

  it("selects a point that is clicked and changes nothing", async () => {
    const parts = withPoints([10, 20]);
    parts.click([12, 20]);
    await parts.settled();
    expect(parts.objects.selectedId).toBe("p0");
    expect(parts.server.requests).toEqual([]);
  });

  it("places a point of the chosen class beside a selected object of another class", async () => {
    const parts = withPoints([10, 20]);
    parts.click([10, 20]);
    parts.classes.choose(8);
    parts.click([60, 60]);
    await parts.settled();
    expect(placesOf(parts)[1]).toEqual([60, 60, 8]);
  });

  it("moves a point by a drag, within the image, and undo brings it back", async () => {
    const parts = withPoints([10, 20]);
    parts.drag([[11, 20], [31, 30], [51, 40]]);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[50, 40, 7]]);
    parts.drag([[50, 40], [500, 400]]);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[100, 80, 7]]);
    parts.bench.undo();
    parts.bench.undo();
    await parts.settled();
    expect(placesOf(parts)).toEqual([[10, 20, 7]]);
  });

  it("shows a point that is dragged where it is, and Escape leaves it where it was", () => {
    const parts = withPoints([10, 20]);
    const at = (x: number) => ({ image: [x, 20] as [number, number], screen: [2 * x, 40] as [number, number], button: "left" as const, shift: false, ctrl: false });
    parts.bench.pointer("down", at(10));
    parts.bench.pointer("move", at(11));
    expect(parts.bench.session.draft()).toBeNull();
    parts.bench.pointer("move", at(30));
    expect(parts.bench.session.draft()).toMatchObject({ id: "p0", shape: pointShape(30, 20) });
    parts.bench.back();
    parts.bench.pointer("up", at(30));
    expect(placesOf(parts)).toEqual([[10, 20, 7]]);
  });

  it("removes a point by right click and by Ctrl+click, and places none that way", async () => {
    const parts = withPoints([10, 20], [60, 60]);
    parts.click([40, 40], RIGHT);
    parts.click([10, 21], RIGHT);
    parts.click([60, 60], { ctrl: true });
    await parts.settled();
    expect(placesOf(parts)).toEqual([]);
    expect(parts.server.requests.map(({ body }) => body["kind"])).toEqual(["delete", "delete"]);
  });

  it("places nothing outside the image", async () => {
    const parts = withPoints();
    parts.click([101, 20]);
    parts.click([100, 80]);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[100, 80, 7]]);
  });

  it("leaves points alone that are hidden", async () => {
    const parts = withPoints([10, 20]);
    parts.objects.toggleHidden("p0");
    parts.click([11, 20]);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[10, 20, 7], [11, 20, 7]]);
  });

  it("asks for the first class, and places what was clicked once it is there", async () => {
    const server = new SmallServer();
    server.classes = [];
    const parts = setUp(server);
    parts.bench.take("point");
    parts.click([10, 20]);
    expect(parts.objects.shown).toEqual([]);
    expect(parts.bench.held.here).toEqual([{ shapes: [pointShape(10, 20)] }]);
    parts.editor.setClasses([DOG]);
    parts.classes.choose(8);
    parts.bench.held.release();
    await parts.settled();
    expect(placesOf(parts)).toEqual([[10, 20, 8]]);
  });

  it("says what the next click does", () => {
    const parts = withPoints([10, 20]);
    expect(parts.bench.session.hint()).toBe("Click an object to place a point · 1-9 chooses its class");
    parts.bench.pointer("move", { image: [10, 20], screen: [20, 40], button: "left", shift: false, ctrl: false });
    expect(parts.bench.session.hint()).toContain("Drag to move this point");
    expect(parts.bench.session.cursor([10, 20])).toBe("move");
    expect(parts.bench.session.cursor([40, 20])).toBe("crosshair");
  });
});

describe("a point and the other tools", () => {
  it("is moved with the select tool, but not out of the image", async () => {
    const parts = withPoints([10, 20]);
    parts.bench.take("select");
    parts.click([11, 20]);
    parts.drag([[10, 20], [-40, 300]]);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[0, 80, 7]]);
  });

  it("is accepted when it is suggested", async () => {
    const parts = withPoints([10, 20]);
    parts.server.annotations.set("p0", { ...annotated("p0", pointShape(10, 20)), state: "proposed" });
    await parts.editor.reload(1);
    parts.bench.accept("p0");
    await parts.settled();
    expect(parts.objects.shown[0]?.state).toBe("accepted");
  });

  it("does not keep a click from starting an object, and stays as it is", async () => {
    const parts = withPoints([10, 20]);
    parts.bench.take("segment");
    parts.click([10, 20]);
    await parts.settled();
    expect(parts.objects.shown.map(({ shape }) => shape?.type)).toEqual(["point", "box"]);
  });

  it("that is selected gives a new object its class", async () => {
    const parts = withPoints([10, 20]);
    parts.server.annotations.set("p0", annotated("p0", pointShape(10, 20), 8));
    await parts.editor.reload(1);
    parts.bench.take("segment");
    parts.bench.select("p0");
    parts.click([12, 20]);
    await parts.settled();
    expect(parts.objects.shown.map(({ shape, class_id }) => [shape?.type, class_id])).toEqual([["point", 8], ["box", 8]]);
  });

  it("cannot be painted or filled", () => {
    const parts = withPoints([10, 20]);
    parts.bench.take("fill");
    parts.click([10, 20]);
    expect(parts.objects.selectedId).toBeNull();
    expect(parts.status.notice).toBe("First select the object to fill");
  });
});

describe("a model of points", () => {
  async function asked(...places: [x: number, y: number][]) {
    const parts = withPoints(...places);
    expect(parts.bench.points.leastScore, "a model of points has a minimum of its own").toBe(0);
    parts.bench.points.leastScore = 0.35;
    parts.bench.points.ask(0);
    await parts.settled();
    const at = (x: number, y: number) => parts.bench.hover([x, y]);
    return { ...parts, at, ends: () => parts.bench.points.moves.map(({ to }) => to) };
  }

  it("suggests moves and points, and changes nothing", async () => {
    const parts = await asked([10, 20], [60, 20]);
    expect(parts.server.requests.map(({ body }) => body["method"])).toEqual(["halfway"]);
    expect(parts.ends()).toEqual([[20, 20], [70, 20]]);
    expect(parts.bench.points.suggested.map(({ shape }) => shape)).toEqual([pointShape(60, 40)]);
    expect(parts.bench.points.count).toBe(2);
    expect(placesOf(parts)).toEqual([[10, 20, 7], [60, 20, 7]]);
    expect(parts.bench.session.hint()).toBe("2 moves · click an arrow to accept it · Enter accepts all · Esc rejects all");
  });

  it("is waited for, and nothing says so afterwards", async () => {
    const parts = withPoints([10, 20]);
    parts.bench.points.ask(0);
    expect([parts.bench.points.waiting, parts.bench.session.hint()]).toEqual([true, "The model is working · you can continue"]);
    await parts.settled();
    expect(parts.bench.points.waiting).toBe(false);
  });

  it("has its moves accepted together, at once, and one undo brings back points and moves", async () => {
    const parts = await asked([10, 20], [60, 20]);
    parts.bench.forward();
    expect(placesOf(parts)).toEqual([[20, 20, 7], [70, 20, 7]]);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[20, 20, 7], [70, 20, 7]]);
    expect(parts.ends()).toEqual([]);
    expect(parts.bench.points.suggested).toHaveLength(1);
    parts.bench.undo();
    await parts.settled();
    expect(placesOf(parts)).toEqual([[10, 20, 7], [60, 20, 7]]);
    expect(parts.ends()).toHaveLength(2);
  });

  it("has one move accepted by a click on its arrow, and another rejected by a right click", async () => {
    const parts = await asked([10, 20], [60, 20]);
    parts.click([18, 21]);
    parts.click([68, 21], RIGHT);
    await parts.settled();
    expect(placesOf(parts)).toEqual([[20, 20, 7], [60, 20, 7]]);
    expect(parts.ends()).toEqual([]);
  });

  it("has a move rejected by Delete under the pointer, which deletes no point, and all of them by Escape", async () => {
    const parts = await asked([10, 20], [60, 20], [60, 60]);
    parts.at(15, 20);
    parts.bench.deleteSelected();
    await parts.settled();
    expect(parts.ends()).toEqual([[70, 20], [70, 60]]);
    parts.at(1, 70);
    parts.bench.back();
    await parts.settled();
    expect(parts.ends()).toEqual([]);
    expect(placesOf(parts)).toHaveLength(3);
  });

  it("has its moves accepted and rejected by keys, from one point to the next", async () => {
    const parts = await asked([10, 20], [60, 20], [60, 60]);
    parts.bench.selectNeighbour(1);
    parts.bench.points.takeOne("accept");
    expect(parts.objects.selectedId).toBe("p1");
    parts.bench.points.takeOne("delete");
    expect(parts.objects.selectedId).toBe("p2");
    parts.bench.points.takeOne("accept");
    await parts.settled();
    expect(placesOf(parts)).toEqual([[20, 20, 7], [60, 20, 7], [70, 60, 7]]);
  });

  it("no longer moves a point that was moved since", async () => {
    const parts = await asked([10, 20], [60, 20]);
    parts.drag([[10, 20], [30, 50]]);
    expect(parts.ends()).toEqual([[70, 20]]);
    parts.bench.undo();
    expect(parts.ends()).toHaveLength(2);
  });

  it("has a suggested point accepted by a click and by Enter, under its own class", async () => {
    const parts = await asked([10, 20], [60, 20], [80, 20]);
    parts.bench.back();
    parts.classes.choose(8);
    parts.click([61, 41]);
    parts.at(80, 40);
    parts.bench.forward();
    await parts.settled();
    expect(placesOf(parts).slice(3)).toEqual([[60, 40, 7], [80, 40, 7]]);
    expect(parts.bench.points.suggested).toEqual([]);
  });

  it("has everything accepted together, and points of low confidence stay hidden", async () => {
    const parts = await asked([10, 20], [60, 20]);
    parts.bench.acceptAll();
    await parts.settled();
    expect(placesOf(parts)).toEqual([[20, 20, 7], [70, 20, 7], [60, 40, 7]]);
    parts.bench.points.leastScore = 0;
    expect(parts.bench.points.suggested.map(({ shape }) => shape)).toEqual([pointShape(10, 40)]);
  });

  it("shows nothing of points that are hidden", async () => {
    const parts = await asked([10, 20], [60, 20]);
    parts.objects.toggleHidden("p0");
    expect(parts.ends()).toEqual([[70, 20]]);
    parts.objects.allHidden = true;
    expect(parts.bench.points.moveAt([65, 20])).toBeNull();
  });

  it("shows a message if there is no such model", () => {
    const parts = withPoints([10, 20]);
    parts.bench.points.ask(1);
    expect(parts.status.notice).toBe("No installed model suggests points or moves them");
  });
});

describe("the selected point", () => {
  it("starts an outline of its object, of its class, and stays", async () => {
    const parts = withPoints([10, 20], [100, 80]);
    parts.server.annotations.set("p0", annotated("p0", pointShape(10, 20), 8));
    await parts.editor.reload(1);
    parts.bench.select("p0");
    parts.bench.points.outline();
    await parts.settled();
    const { path, body } = parts.server.requests.at(-1)!;
    expect([path, body["method"], body["class_id"]]).toEqual(["/api/images/1/respond", "segment", 8]);
    expect(body["prompts"]).toEqual([{ type: "click", x: 10, y: 20, adds: true }]);
    expect(parts.objects.shown.map(({ shape }) => shape?.type)).toEqual(["point", "point", "box"]);
    expect(parts.objects.selected?.state).toBe("proposed");
    expect(parts.bench.session.hint()).toContain("Enter accepts");

    parts.bench.select("p1");
    parts.bench.points.outline();
    await parts.settled();
    expect(parts.server.requests.at(-1)!.body["prompts"]).toEqual([{ type: "click", x: 99.99, y: 79.99, adds: true }]);
  });

  it("starts a search for boxes, which are accepted with their own tool", async () => {
    const parts = withPoints([10, 20]);
    parts.bench.select("p0");
    parts.bench.points.findBoxes();
    await parts.settled();
    expect(parts.bench.toolId).toBe("detect");
    expect(parts.detections.current.clicks).toEqual([{ x: 10, y: 20, class_id: 7, xyxy: null }]);
    expect(parts.detections.shown).toHaveLength(1);
  });

  it("is asked for where none is selected", () => {
    const parts = withPoints([10, 20]);
    parts.bench.points.outline();
    expect(parts.status.notice).toContain("Select a point first");
    parts.bench.points.findBoxes();
    expect(parts.status.notice).toContain("Select a point first");
    expect(parts.server.requests).toEqual([]);
  });

  it("is outlined with the model that was chosen, as long as that is there", () => {
    const parts = setUp(undefined, undefined, ["segment", "sam"]);
    const { points } = parts.bench;
    expect(points.outliners.map(({ name }) => name)).toEqual(["segment", "sam"]);
    points.outliner = "sam";
    expect(points.outliner).toBe("sam");
    points.outliner = "gone";
    expect(points.outliner).toBe("segment");
    expect(setUp(undefined, undefined, ["regions"]).bench.points.outliner).toBe("");
  });
});

describe("arrows", () => {
  const arrow = (from: [number, number], to: [number, number]) => ({ annotation: annotated(String(from), pointShape(...from)), from, to });

  it("are found by the nearest line within reach", () => {
    const index = new ArrowIndex([arrow([0, 0], [10, 0]), arrow([0, 4], [10, 4]), arrow([50, 50], [50, 50])]);
    expect(index.at([5, 1], 2)?.to).toEqual([10, 0]);
    expect(index.at([5, 3], 4)?.to).toEqual([10, 4]);
    expect(index.at([13, 0], 2)).toBeNull();
    expect(index.at([51, 50], 2)?.to).toEqual([50, 50]);
    expect(new ArrowIndex([]).at([0, 0], 9)).toBeNull();
  });
});
