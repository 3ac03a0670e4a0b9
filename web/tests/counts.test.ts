import { describe, expect, it } from "vitest";
import type { Annotation } from "../src/api/types";
import { Counts } from "../src/state/counts.svelte";
import { newAnnotation } from "../src/state/editing";
import { setUp } from "./support/bench";
import { IMAGE, SmallServer } from "./support/server";

const DOG = { id: 8, name: "dog", color: "#56b4e9", policy: "", overlaps: false };
const NONE = { points: 0, annotations: 0, suggested_points: 0, suggestions: 0 };
const POINT = { type: "point", x: 10, y: 20 } as const;
const BOX: Annotation["shape"] = { type: "box", xyxy: [0, 0, 5, 5] };

/** The current image with these objects, and another one of which only the server knows. */
function counting(...objects: [id: string, classId: number, change: Partial<Annotation>][]) {
  const server = new SmallServer();
  server.classes = [...server.classes, DOG];
  for (const [id, classId, change] of objects) server.annotations.set(id, { ...newAnnotation(id, 1, classId), state: "accepted", ...change });
  const parts = setUp(server, undefined, ["halfway"]);
  parts.images.load([IMAGE, { ...IMAGE, id: 2, file_name: "more.png" }]);
  const state = { fails: false, saves: 0 };
  const { classes, detections, images, suggestedPoints } = parts;
  const counts = new Counts({
    ...{ classes, detections, images, suggestedPoints, objects: parts.objects },
    client: {
      counts: async () => {
        if (state.fails) throw new Error("the server is away");
        const stale = [{ class_id: 7, ...NONE, points: 99, annotations: 99 }];
        const other = [{ class_id: 8, ...NONE, points: 4, annotations: 5, suggestions: 1 }];
        return { images: [{ image_id: 1, file_name: "", classes: stale }, { image_id: 2, file_name: "", classes: other }], total: [] };
      },
      countsFile: async () => new File(["image"], "counts.csv"),
    },
    saved: async () => void (state.saves += 1),
  });
  return { ...parts, counts, state };
}

describe("counts", () => {
  it("of the current image are those on the screen, accepted and suggested apart", async () => {
    const { counts, bench, settled } = counting(["a", 7, { shape: POINT }], ["b", 7, { shape: BOX }], ["c", 8, { shape: BOX, state: "proposed" }]);
    await counts.load();
    expect(counts.of(1)).toEqual([
      { class_id: 7, ...NONE, points: 1, annotations: 2 },
      { class_id: 8, ...NONE, suggestions: 1 },
    ]);
    bench.points.ask(0);
    await settled();
    expect(counts.of(1)[0]).toEqual({ class_id: 7, points: 1, annotations: 2, suggested_points: 1, suggestions: 1 });
    bench.discard("a");
    expect(counts.of(1)[0]).toMatchObject({ class_id: 7, points: 0, annotations: 1 });
  });

  it("of other images are the server's, and the sum is over both", async () => {
    const { counts } = counting(["a", 8, { shape: POINT }]);
    expect(counts.of(2)).toEqual([]);
    await counts.show();
    expect(counts.isOpen).toBe(true);
    expect(counts.of(2)).toEqual([{ class_id: 8, ...NONE, points: 4, annotations: 5, suggestions: 1 }]);
    expect(counts.total()).toEqual([{ class_id: 8, ...NONE, points: 5, annotations: 6, suggestions: 1 }]);
  });

  it("stay as they were on the screen when another image is shown", async () => {
    const { counts, images } = counting(["a", 7, { shape: POINT }]);
    await counts.load();
    counts.keep();
    images.currentId = 2;
    expect(counts.of(1)).toEqual([{ class_id: 7, ...NONE, points: 1, annotations: 1 }]);
  });

  it("say why the server could not count, until it can", async () => {
    const { counts, state } = counting();
    state.fails = true;
    await counts.load();
    expect(counts.problem).toBe("the server is away");
    state.fails = false;
    await counts.load();
    expect(counts.problem).toBe("");
  });

  it("are downloaded once everything is saved", async () => {
    const { counts, state } = counting();
    expect((await counts.file()).name).toBe("counts.csv");
    expect(state.saves).toBe(1);
  });
});
