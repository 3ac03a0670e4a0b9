import { describe, expect, it } from "vitest";
import type { Annotation, BoxRow, Point } from "../src/api/types";
import { newAnnotation } from "../src/state/editing";
import { MOST_BOXES } from "../src/state/detections.svelte";
import { isWithoutBox, noProposals } from "../src/state/proposals";
import { DetectSession } from "../src/tools/detect/session";
import { setUp } from "./support/bench";
import { SmallServer } from "./support/server";

const [CELL, DISH] = [7, 8];
const RIGHT = { button: "right" as const };

function withDetection(server = new SmallServer()) {
  server.classes = [...server.classes, { id: DISH, name: "dish", color: "#56b4e9", policy: "", overlaps: false }];
  const parts = setUp(server);
  parts.bench.take("detect");
  const hover = (at: Point | null) => {
    parts.bench.hover(at);
    if (at !== null) parts.bench.pointer("move", { image: at, screen: [at[0] * 2, at[1] * 2], button: "left", shift: false, ctrl: false });
  };
  return { ...parts, hover };
}

const marks = (parts: ReturnType<typeof withDetection>) => parts.detections.current.clicks.map((c) => [c.x, c.y, c.class_id]);
const classesShown = (parts: ReturnType<typeof withDetection>) => parts.detections.shown.map(({ class_id }) => class_id);

async function three(parts: ReturnType<typeof withDetection>) {
  for (const x of [20, 40, 60]) parts.click([x, 20]);
  await parts.settled();
}

describe("a click without a box", () => {
  const box: BoxRow = [50, 40, 20, 4, Math.PI / 4];

  it("lies in none of them, turned as they are", () => {
    const click = (x: number, y: number) => isWithoutBox({ x, y, class_id: CELL }, [box]);
    expect([click(56, 46), click(56, 34), click(50, 41), click(60, 40)]).toEqual([false, true, false, true]);
    expect(isWithoutBox({ x: 1, y: 1, class_id: CELL }, [])).toBe(true);
  });
});

describe("boxes that are too many", () => {
  it("are only said to be when the least of them is shown", () => {
    const { detections, settings } = withDetection();
    const many = (score: number) => {
      const [boxes, scores] = [Array<BoxRow>(MOST_BOXES).fill([5, 5, 2, 2, 0]), Array<number>(MOST_BOXES).fill(score)];
      detections.current = { ...noProposals(1), boxes, scores, class_ids: scores.map(() => CELL) };
      return detections.isFull;
    };
    expect([many(settings.values.leastScore - 0.01), many(settings.values.leastScore)]).toEqual([false, true]);
  });
});

describe("the detect tool", () => {
  it("shows the mark at once and the boxes with the answer", async () => {
    const parts = withDetection();
    parts.server.held = true;
    parts.click([20, 20]);
    expect(marks(parts)).toEqual([[20, 20, CELL]]);
    expect(parts.bench.session.phase()).toBe("prompting");
    expect(parts.detections.shown).toEqual([]);
    parts.server.release();
    await parts.settled();
    expect(parts.detections.shown[0]!.shape).toEqual({ type: "box", xyxy: [15, 15, 25, 25] });
    expect(parts.bench.session.phase()).toBe("answered");
    expect(parts.objects.shown).toEqual([]);
  });

  it("leaves the boxes as they are while the next answer is on its way", async () => {
    const parts = withDetection();
    await three(parts);
    const before = parts.detections.shown;
    parts.server.held = true;
    parts.click([80, 20]);
    expect(parts.detections.shown).toBe(before);
  });

  it("says what comes next after a click, and what can be done with its mark once the pointer comes back", async () => {
    const parts = withDetection();
    parts.click([20, 20]);
    await parts.settled();
    expect(parts.bench.session.hint()).toContain("Click objects without a box");
    parts.hover([80, 60]);
    parts.hover([20, 20]);
    expect(parts.bench.session.hint()).toBe("Right-click to remove this click");
  });

  it("takes clicks under Shift together", async () => {
    const parts = withDetection();
    parts.click([20, 20], { shift: true });
    parts.click([40, 20], { shift: true });
    expect(parts.server.requests).toEqual([]);
    expect(parts.bench.session.undo()).toBe(true);
    parts.click([60, 20], { shift: true });
    parts.bench.session.released();
    await parts.settled();
    expect(parts.server.requests.map(({ path }) => path)).toEqual(["/api/images/1/respond"]);
    expect(marks(parts)).toEqual([[20, 20, CELL], [60, 20, CELL]]);
  });

  it("takes a dragged box as an example, and no box of a pixel", async () => {
    const parts = withDetection();
    parts.drag([[10, 10], [20, 20], [31, 25]]);
    await parts.settled();
    expect(parts.server.requests.map(({ body }) => body["prompts"])).toEqual([
      [{ type: "class_click", x: 20.5, y: 17.5, class_id: CELL, xyxy: [10, 10, 31, 25] }],
    ]);
    parts.drag([[50, 10], [50.5, 40], [51, 40]]);
    expect(parts.status.notice).toBe("Draw a larger box around the object");
    parts.hover([20.5, 17.5]);
    parts.click([20.5, 17.5], RIGHT);
    await parts.settled();
    expect(parts.server.requests.at(-1)!.body["removed"]).toEqual([
      { type: "class_click", x: 20.5, y: 17.5, class_id: CELL, xyxy: [10, 10, 31, 25] },
    ]);
    expect(marks(parts)).toEqual([]);
  });

  it("gathers boxes and clicks under Shift, and gives up a box on Escape", async () => {
    const parts = withDetection();
    parts.drag([[10, 10], [20, 20], [30, 30]], { shift: true });
    parts.click([60, 20], { shift: true });
    parts.bench.session.released();
    await parts.settled();
    expect(parts.server.requests.map(({ body }) => (body["prompts"] as unknown[]).length)).toEqual([2]);
    const at = (image: Point) => ({ image, screen: [image[0] * 2, image[1] * 2] as Point, button: "left" as const, shift: false, ctrl: false });
    parts.bench.pointer("down", at([40, 40]));
    parts.bench.pointer("move", at([60, 60]));
    expect(parts.bench.session.hint()).toContain("Release to find objects like this one");
    expect(parts.bench.session.back()).toBe(true);
    parts.bench.pointer("up", at([60, 60]));
    await parts.settled();
    expect(parts.server.requests).toHaveLength(1);
  });

  it("draws no box for a model that takes clicks alone", async () => {
    const parts = withDetection();
    parts.bench.session = new DetectSession(parts.bench, "detect", false);
    parts.drag([[10, 10], [20, 20], [30, 30]]);
    await parts.settled();
    expect(parts.server.requests).toEqual([]);
  });

  it("asks nothing outside of the image", async () => {
    const parts = withDetection();
    parts.click([-3, 20]);
    parts.click([100, 20]);
    await parts.settled();
    expect(parts.server.requests).toEqual([]);
  });

  it("deletes the accepted box under the pointer, and with another tool says that boxes wait", async () => {
    const parts = withDetection();
    await three(parts);
    parts.hover([41, 22]);
    parts.bench.forward();
    await parts.settled();
    expect(parts.objects.shown).toHaveLength(1);
    parts.bench.deleteSelected();
    await parts.settled();
    expect(parts.objects.shown).toEqual([]);
    expect(parts.detections.shown).toHaveLength(2);
    parts.bench.take("select");
    parts.bench.forward();
    expect(parts.status.notice).toContain("2 suggested boxes are not accepted");
    parts.bench.take("detect");
    parts.bench.undo();
    await parts.settled();
    expect(parts.objects.shown).toHaveLength(1);
  });

  it("takes back one click after another by Escape, and no box that was accepted before", async () => {
    const parts = withDetection();
    await three(parts);
    parts.bench.back();
    await parts.settled();
    expect(parts.detections.current.clicks).toHaveLength(2);
    parts.hover([41, 22]);
    parts.bench.forward();
    await parts.settled();
    parts.bench.back();
    await parts.settled();
    expect([parts.detections.current.clicks.length, parts.objects.shown.length]).toEqual([2, 1]);
  });

  it("removes a click whose mark is clicked with the right button", async () => {
    const parts = withDetection();
    await three(parts);
    parts.click([41, 21], RIGHT);
    await parts.settled();
    expect(marks(parts)).toEqual([[20, 20, CELL], [60, 20, CELL]]);
  });

  it("corrects a proposal by a click of another class, which overrules the former one", async () => {
    const parts = withDetection();
    await three(parts);
    parts.classes.choose(DISH);
    parts.click([43, 22]);
    await parts.settled();
    expect(marks(parts)).toEqual([[20, 20, CELL], [60, 20, CELL], [43, 22, DISH]]);
    expect(classesShown(parts)).toEqual([CELL, CELL, DISH]);
  });

  it("corrects a proposal by a click of another class made with Shift held, the last one counts", async () => {
    const parts = withDetection();
    await three(parts);
    parts.classes.choose(DISH);
    parts.click([43, 22], { shift: true });
    parts.classes.choose(CELL);
    parts.click([61, 21], { shift: true });
    parts.classes.choose(DISH);
    parts.click([62, 22], { shift: true });
    parts.bench.session.released();
    await parts.settled();
    expect(marks(parts)).toEqual([[20, 20, CELL], [43, 22, DISH], [62, 22, DISH]]);
    expect(classesShown(parts)).toEqual([CELL, DISH, DISH]);
  });

  it("counts as answered when a click is done again, not when it is undone", async () => {
    const parts = withDetection();
    await three(parts);
    parts.answers.length = 0;
    parts.bench.undo();
    await parts.settled();
    expect(parts.answers).toEqual([]);
    parts.bench.redo();
    await parts.settled();
    expect(parts.answers).toEqual(["click"]);
  });

  it("gives an accepted box the class of a click", async () => {
    const parts = withDetection();
    await three(parts);
    parts.bench.acceptAll();
    await parts.settled();
    parts.classes.choose(DISH);
    parts.click([40, 20]);
    await parts.settled();
    expect(parts.server.requests.at(-1)!.body["kind"]).toBe("class");
    expect(parts.objects.shown.map(({ class_id }) => class_id)).toEqual([CELL, DISH, CELL]);
  });

  it("asks about boxes that were drawn by hand as about any place", async () => {
    const server = new SmallServer();
    const drawn: Annotation = { ...newAnnotation("drawn", 1, DISH), state: "accepted", shape: { type: "box", xyxy: [0, 0, 90, 70] } };
    server.annotations.set("drawn", drawn);
    const parts = withDetection(server);
    parts.click([40, 20]);
    await parts.settled();
    expect(parts.objects.shown[0]!.class_id).toBe(DISH);
    expect(marks(parts)).toEqual([[40, 20, CELL]]);
  });
});

describe("proposed boxes", () => {
  it("are accepted all at once, under the ids that the server gives them", async () => {
    const parts = withDetection();
    await three(parts);
    parts.server.held = true;
    parts.bench.acceptAll();
    const ids = parts.objects.shown.map(({ id }) => id);
    expect(parts.objects.shown.map(({ state }) => state)).toEqual(["accepted", "accepted", "accepted"]);
    expect(parts.detections.shown).toEqual([]);
    parts.server.release();
    await parts.settled();
    expect([...parts.server.annotations.keys()]).toEqual(ids);
    expect(parts.objects.shown.map(({ id }) => id)).toEqual(ids);
  });

  it("come back by one undo, before the server answers and after", async () => {
    const parts = withDetection();
    await three(parts);
    parts.server.held = true;
    parts.bench.acceptAll();
    parts.bench.undo();
    expect([parts.objects.shown.length, parts.detections.shown.length]).toEqual([0, 3]);
    parts.server.release();
    await parts.settled();
    expect([parts.objects.shown.length, parts.detections.shown.length]).toEqual([0, 3]);
    parts.bench.redo();
    await parts.settled();
    expect([parts.objects.shown.length, parts.detections.shown.length]).toEqual([3, 0]);
    parts.bench.undo();
    await parts.settled();
    expect([parts.objects.shown.length, parts.detections.shown.length]).toEqual([0, 3]);
  });

  it("of an undone click do not appear, however late the answer comes", async () => {
    const parts = withDetection();
    parts.server.held = true;
    parts.click([20, 20]);
    await new Promise((resolve) => setTimeout(resolve));
    parts.bench.undo();
    expect(marks(parts)).toEqual([]);
    parts.server.release();
    await parts.settled();
    expect([marks(parts), parts.detections.shown]).toEqual([[], []]);
  });

  it("are accepted by class, and one by one under the pointer", async () => {
    const parts = withDetection();
    parts.classes.choose(DISH);
    parts.click([80, 20]);
    parts.classes.choose(CELL);
    await three(parts);
    parts.hover([40, 20]);
    parts.bench.forward();
    await parts.settled();
    expect(parts.objects.shown.map(({ shape }) => shape)).toEqual([{ type: "box", xyxy: [35, 15, 45, 25] }]);
    parts.bench.detection.acceptClass();
    await parts.settled();
    expect(classesShown(parts)).toEqual([DISH]);
    expect(parts.objects.shown.length).toBe(3);
  });

  it("are deleted under the pointer, by key and by right click", async () => {
    const parts = withDetection();
    await three(parts);
    parts.hover([44, 24]);
    parts.bench.deleteSelected();
    await parts.settled();
    expect(parts.detections.shown.length).toBe(2);
    parts.hover([64, 24]);
    parts.click([64, 24], RIGHT);
    await parts.settled();
    expect(parts.detections.shown.length).toBe(1);
    expect(parts.objects.shown).toEqual([]);
  });

  it("below the chosen score are neither shown nor accepted", async () => {
    const parts = withDetection();
    await three(parts);
    parts.settings.set("leastScore", 0.6);
    expect(parts.detections.shown.length).toBe(2);
    parts.bench.acceptAll();
    await parts.settled();
    expect(parts.objects.shown.length).toBe(2);
    parts.settings.set("leastScore", 0.1);
    expect(parts.detections.shown.length).toBe(1);
  });

  it("that save no time are neither shown nor accepted, unless a person wants to see them", async () => {
    const parts = withDetection();
    await three(parts);
    const { weights } = parts.detections.current;
    const shown = () => [parts.bench.detection.knowsLimits, parts.detections.shown.length];
    parts.settings.set("leastScore", 0.1);
    expect(shown()).toEqual([false, 3]);
    parts.detections.limits = { weights: "of another version", limits: { [CELL]: 2 } };
    expect(shown()).toEqual([false, 3]);
    parts.detections.limits = { weights, limits: { [CELL]: 2 } };
    expect(shown()).toEqual([true, 0]);
    parts.bench.detection.onlyWorthwhile = false;
    expect(shown()).toEqual([true, 3]);
    parts.bench.detection.onlyWorthwhile = true;
    parts.detections.limits = { weights, limits: { [CELL + 1]: 2 } };
    expect(shown(), "a class of which nothing is known").toEqual([true, 3]);
    parts.detections.limits = { weights, limits: { [CELL]: 0.6 } };
    parts.bench.acceptAll();
    await parts.settled();
    expect(parts.objects.shown.length).toBe(2);
  });

  it("of a class that is gone are not shown", async () => {
    const parts = withDetection();
    await three(parts);
    parts.classes.confirmed = parts.classes.confirmed.filter(({ id }) => id !== CELL);
    expect(parts.detections.shown).toEqual([]);
  });
});

describe("finding without a click", () => {
  it("takes the tool and says whether other images count", async () => {
    const parts = withDetection();
    parts.bench.take("select");
    parts.bench.detection.find();
    parts.bench.detection.useExamples(false);
    parts.click([20, 20]);
    await parts.settled();
    expect(parts.bench.toolId).toBe("detect");
    expect(parts.server.requests.map(({ body }) => [body["prompts"], body["examples"]])).toEqual([
      [[], true],
      [[{ type: "class_click", x: 20, y: 20, class_id: CELL }], false],
    ]);
  });

  it("asks again when other images count again, also where nothing is shown", async () => {
    const parts = withDetection();
    parts.bench.detection.useExamples(false);
    expect(parts.server.requests).toEqual([]);
    parts.bench.detection.useExamples(true);
    await parts.settled();
    expect(parts.server.requests.map(({ body }) => body["examples"])).toEqual([true]);
  });

  it("is how a failure is tried again: the clicks are kept", async () => {
    const parts = withDetection();
    parts.server.modelFails = true;
    parts.click([20, 20]);
    await parts.settled();
    expect(parts.detections.failure).toBe("the model could not answer");
    expect(marks(parts)).toEqual([[20, 20, CELL]]);
    parts.server.modelFails = false;
    parts.bench.detection.ask([]);
    await parts.settled();
    expect(parts.detections.failure).toBeNull();
    expect(parts.detections.shown.length).toBe(1);
  });
});
