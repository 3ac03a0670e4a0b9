import { describe, expect, it } from "vitest";
import type { Point } from "../src/api/types";
import { Place } from "../src/state/place";
import { setUp } from "./support/bench";
import { MemoryStorage } from "./support/storage";

const SHIFT = { shift: true };
type Parts = ReturnType<typeof setUp>;

/** The page loaded again, in the same browser. */
const reloaded = ({ server, storage }: Parts) => setUp(server, storage);

function clicked(toolId: string, places: Point[], more = {}): Parts {
  const parts = setUp();
  parts.bench.take(toolId);
  for (const place of places) parts.click(place, more);
  return parts;
}

describe("what was begun", () => {
  it("clicks under Shift go on after a reload, for the object that they were for", async () => {
    const before = setUp();
    before.drag([[10, 10], [20, 20], [30, 30]]);
    await before.settled();
    before.click([15, 15], SHIFT);
    before.click([16, 25], { ...SHIFT, button: "right" });
    const { bench, objects, settled } = reloaded(before);
    expect(bench.session.phase()).toBe("prompting");
    expect(objects.shown).toHaveLength(1);
    bench.forward();
    await settled();
    expect(objects.shown).toHaveLength(1);
    expect(objects.shown[0]?.prompts.map(({ type }) => type)).toEqual(["box", "click", "click"]);
    expect(reloaded(before).bench.session.begun()).toBeNull();
  });

  it("clicks whose object is gone meanwhile ask for nothing", async () => {
    const before = setUp();
    before.click([10, 10]);
    await before.settled();
    before.click([15, 15], SHIFT);
    before.server.annotations.clear();
    const { bench, server, status } = reloaded(before);
    const asked = server.requests.length;
    bench.forward();
    expect([status.notice, server.requests.length]).toEqual(["The object you clicked on no longer exists", asked]);
  });

  it("corners of a polygon and extreme points go on after a reload", async () => {
    const { bench, click, objects, settled } = reloaded(clicked("polygon", [[10, 10], [40, 10]]));
    expect(bench.toolId).toBe("polygon");
    click([40, 40]);
    bench.forward();
    await settled();
    expect(objects.shown[0]?.shape).toEqual({ type: "polygons", rings: [[10, 10, 40, 10, 40, 40]] });
    const points = reloaded(clicked("extreme", [[30, 10], [10, 30]]));
    expect(points.bench.session.hint()).toContain("Two more");
  });

  it("waits for its tool and its image, and is gone once it was dropped", () => {
    const { bench, place } = clicked("polygon", [[10, 10], [40, 10]]);
    bench.take("box");
    bench.take("polygon");
    expect(bench.session.begun()?.points).toHaveLength(2);
    bench.leave();
    bench.resume(2);
    expect(bench.session.begun()).toBeNull();
    bench.leave();
    bench.resume(1);
    bench.back();
    expect(place.begun(1, "polygon")).toBeNull();
  });
});

describe("Place", () => {
  it("remembers tool, class and object of each project", () => {
    const storage = new MemoryStorage();
    new Place(storage, "a").keepSpot({ imageId: 4, toolId: "brush", classId: 2, selectedId: "x" });
    expect(new Place(storage, "a").spot).toEqual({ imageId: 4, toolId: "brush", classId: 2, selectedId: "x" });
    expect(new Place(storage, "b").spot).toEqual({});
  });

  it("takes what cannot be read for nothing, and a full storage for no reason to stop", () => {
    const storage = new MemoryStorage();
    storage.setItem("fewclicks.place.a", "{");
    storage.setItem("fewclicks.begun.a.1.polygon", "7");
    const place = new Place(storage, "a");
    expect([place.spot, place.begun(1, "polygon")]).toEqual([{}, null]);
    storage.full = true;
    place.keepBegun(1, "polygon", { points: [[1, 2]] });
    expect(place.begun(1, "polygon")).toBeNull();
  });
});
