import { describe, expect, it } from "vitest";
import type { ImageSummary, Trainable } from "../src/api/types";
import { Advice, ENOUGH } from "../src/state/advice.svelte";
import { Images } from "../src/state/images.svelte";
import { Settings } from "../src/state/settings.svelte";
import { IMAGE } from "./support/server";
import { MemoryStorage } from "./support/storage";

const each = ENOUGH.objects / ENOUGH.images;
const model = (name: string, task: Trainable["task"] = "points", trained = false): Trainable => ({ name, summary: "", task, trained });

const MODELS = [model("boxes", "boxes"), model("move"), model("find"), model("count")];

function setUp({ finished = ENOUGH.images, change = {}, runs = false, read_only = false, trainable = MODELS, storage = new MemoryStorage() } = {}) {
  const settings = new Settings(storage);
  const images = new Images(settings);
  const rows = Array.from({ length: finished }, (_, n): ImageSummary => ({ ...IMAGE, id: n + 1, status: "done", annotations: each, ...change }));
  images.load([...rows, { ...IMAGE, id: 99, annotations: 1000 }]);
  const models = { trainable: () => trainable, methods: () => [{ name: "move" }], models: { runs } };
  return { advice: (id = "p") => new Advice({ images, settings, project: { id, read_only }, ...models }) };
}

describe("advice to train", () => {
  it("comes once enough images are done", () => {
    expect(setUp().advice().shown).toEqual({ method: "find", ...ENOUGH });
    expect(setUp({ finished: ENOUGH.images - 1 }).advice().shown).toBeNull();
  });

  it.each<Partial<ImageSummary>>([{ proposed: each }, { annotations: 1 }, { status: "todo" }, { large: true }, { problem: "missing" }])(
    "counts only accepted objects of images that training can read: %o",
    (change) => expect(setUp({ change }).advice().shown).toBeNull(),
  );

  it("is about models of points that cannot answer yet", () => {
    expect(setUp({ trainable: [model("move"), model("find", "points", true)] }).advice().shown).toBeNull();
    expect(setUp({ trainable: [model("move"), model("find", "points", true), model("count")] }).advice().shown?.method).toBe("count");
    expect(setUp({ trainable: [model("boxes", "boxes")] }).advice().shown).toBeNull();
  });

  it("does not come while a training runs, or where nothing can be saved", () => {
    expect(setUp({ runs: true }).advice().shown).toBeNull();
    expect(setUp({ read_only: true }).advice().shown).toBeNull();
  });

  it("is closed for one model of one project, also after a reload", () => {
    const storage = new MemoryStorage();
    const advice = setUp({ storage }).advice();
    expect(advice.shown?.method).toBe("find");
    advice.close("find");
    expect(advice.shown?.method).toBe("count");
    advice.close("count");
    expect(advice.shown).toBeNull();
    expect(setUp({ storage }).advice().shown).toBeNull();
    expect(setUp({ storage }).advice("other").shown?.method).toBe("find");
  });
});
