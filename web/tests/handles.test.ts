import { describe, expect, it } from "vitest";
import type { OrientedBoxShape, Point, Shape } from "../src/api/types";
import { cornersOf } from "../src/render/shapes";
import { newAnnotation } from "../src/state/editing";
import { cursorOf, gripAt, handlesOf, pulled } from "../src/render/handles";
import { setUp } from "./support/bench";
import { SmallServer } from "./support/server";

const SCALE = 4;
const UPRIGHT: Shape = { type: "box", xyxy: [20, 30, 60, 50] };
const LEANING: OrientedBoxShape = { type: "oriented_box", cx: 40, cy: 40, w: 30, h: 20, angle: 0.5 };

const held = (shape: Shape, at: Point) => gripAt(shape, at, SCALE)!;
const turnHandle = (shape: Shape) => handlesOf(shape, SCALE).find(({ kind }) => kind === "turn")!.at;
const corner = (box: OrientedBoxShape, i: number): Point => [cornersOf(box)[2 * i]!, cornersOf(box)[2 * i + 1]!];

describe("a point", () => {
  const point: Shape = { type: "point", x: 40, y: 40 };

  it("is held near it and has no handles", () => {
    expect(handlesOf(point, SCALE)).toEqual([]);
    expect(gripAt(point, [41, 41], SCALE)?.kind).toBe("body");
    expect(gripAt(point, [43, 40], SCALE)).toBeNull();
  });

  it("is moved by as much as it is pulled", () => {
    expect(pulled(point, held(point, [41, 41]), [51, 36], false)).toEqual({ type: "point", x: 50, y: 35 });
  });
});

describe("the handles of a box", () => {
  it("are its corners, the middles of long sides, and one above it that turns it", () => {
    expect(handlesOf(UPRIGHT, SCALE).length).toBe(9);
    expect(handlesOf(UPRIGHT, 1.5).length).toBe(7);
    expect(handlesOf(UPRIGHT, 0.1).length).toBe(5);
    expect(turnHandle(UPRIGHT)).toEqual([40, 30 - 24 / SCALE]);
  });

  it("leave room to move a tiny one", () => {
    const tiny: Shape = { type: "box", xyxy: [10, 10, 13, 13] };
    expect(held(tiny, [11.5, 11.5]).kind).toBe("body");
    expect(held(tiny, [10.2, 10.2]).kind).toBe("side");
    expect(gripAt(tiny, [30, 30], SCALE)).toBeNull();
  });

  it("of an oriented box pull one side and leave the opposite one where it is", () => {
    const grip = held(LEANING, corner(LEANING, 2));
    const [to, opposite] = [[62, 60] as Point, corner(LEANING, 0)];
    const after = pulled(LEANING, grip, to, false) as OrientedBoxShape;
    expect(after.angle).toBe(0.5);
    expect(corner(after, 2).map(Math.round)).toEqual(to);
    corner(after, 0).forEach((value, i) => expect(value).toBeCloseTo(opposite[i]!, 9));
  });

  it("pull an oriented box through itself, but never to nothing", () => {
    const grip = held(LEANING, corner(LEANING, 2));
    const through = pulled(LEANING, grip, [10, 5], false) as OrientedBoxShape;
    expect(Math.min(through.w, through.h)).toBeGreaterThan(0);
    const onto = pulled(LEANING, grip, corner(LEANING, 0), false) as OrientedBoxShape;
    expect([onto.w, onto.h]).toEqual([0.5, 0.5]);
  });

  it("turn an upright box, which is an oriented one from then on", () => {
    const grip = held(UPRIGHT, turnHandle(UPRIGHT));
    const right = pulled(UPRIGHT, grip, [80, 40], false) as OrientedBoxShape;
    expect(right).toMatchObject({ type: "oriented_box", cx: 40, cy: 40, w: 40, h: 20 });
    expect(right.angle).toBeCloseTo(Math.PI / 2, 9);
    expect(cursorOf(grip, UPRIGHT)).toBe("grab");
  });

  it("turn by steps of fifteen degrees with Shift", () => {
    const grip = held(LEANING, turnHandle(LEANING));
    const after = pulled(LEANING, grip, [40 + 10, 40 - 21], true) as OrientedBoxShape;
    expect(after.angle).toBeCloseTo(Math.PI / 6, 9);
  });

  it("keep the one that turns uppermost, whichever side that is", () => {
    for (const angle of [0, 0.5, 0.9, 1.5, 2.6, 4]) expect(turnHandle({ ...LEANING, angle })[1]).toBeLessThan(40 - 10);
  });

  it("show the way in which they pull", () => {
    const [x, y] = [(corner(LEANING, 1)[0] + corner(LEANING, 2)[0]) / 2, (corner(LEANING, 1)[1] + corner(LEANING, 2)[1]) / 2];
    expect(cursorOf(held(LEANING, [x, y]), { ...LEANING, angle: Math.PI / 4 })).toBe("nwse-resize");
    expect(cursorOf(held(UPRIGHT, [60, 40]), UPRIGHT)).toBe("ew-resize");
    expect(cursorOf(held(UPRIGHT, [20, 50]), UPRIGHT)).toBe("nesw-resize");
  });
});

describe("the select tool", () => {
  it("turns the selected box as one change", async () => {
    const server = new SmallServer();
    server.annotations.set("a", { ...newAnnotation("a", 1, 7), state: "accepted", shape: UPRIGHT });
    const { bench, drag, settled } = setUp(server);
    bench.take("select");
    bench.select("a");
    drag([[40, 30 - 24 / 2], [70, 20], [70, 40]]);
    await settled();
    const shape = server.annotations.get("a")!.shape as OrientedBoxShape;
    expect([shape.type, server.requests.length, server.requests[0]!.body["kind"]]).toEqual(["oriented_box", 1, "move"]);
    expect(shape.angle).toBeCloseTo(Math.PI / 2, 9);
  });
});
