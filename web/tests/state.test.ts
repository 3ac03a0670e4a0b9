import { describe, expect, it } from "vitest";
import type { ChangeAnswer } from "../src/api/types";
import { newAnnotation } from "../src/state/editing";
import { Effort, IDLE_AFTER_MS } from "../src/state/effort.svelte";
import { FirstSteps } from "../src/state/first-steps.svelte";
import { Learnt } from "../src/state/learnt";
import { Classes } from "../src/state/classes.svelte";
import { Detections } from "../src/state/detections.svelte";
import { Images } from "../src/state/images.svelte";
import { nextColor, PALETTE } from "../src/state/palette";
import { sentence } from "../src/state/sentence";
import { Settings } from "../src/state/settings.svelte";
import { Status } from "../src/state/status.svelte";
import { setUp } from "./support/bench";
import { IMAGE } from "./support/server";
import { MemoryStorage } from "./support/storage";

describe("Effort", () => {
  it("counts active seconds only: visible, and within half a minute of the last act", () => {
    let now = 0;
    const effort = new Effort(() => now);
    effort.act();
    now = 10_000;
    effort.tick(true);
    now = 20_000;
    effort.tick(false);
    now = 25_000;
    effort.tick(true);
    expect(effort.unsent).toBe(15);
    now = IDLE_AFTER_MS + 60_000;
    expect(effort.take()).toBe(20);
    now += 1000;
    effort.act();
    now += 2500;
    expect(effort.take()).toBe(2.5);
    expect(effort.unsent).toBe(0);
  });

  it("keeps the seconds of an image that was left for its next change", () => {
    let now = 0;
    const effort = new Effort(() => now);
    effort.lookAt(1);
    effort.act();
    now = 7000;
    effort.lookAt(2);
    expect(effort.unsent).toBe(0);
    now = 9000;
    expect(effort.take()).toBe(2);
    effort.lookAt(1);
    expect(effort.take()).toBe(7);
  });
});

describe("Settings", () => {
  it("last, and survive what cannot be read or written", () => {
    const storage = new MemoryStorage();
    new Settings(storage).set("fill", 0.7);
    expect(new Settings(storage).values.fill).toBe(0.7);
    storage.setItem("fewclicks.settings", "{");
    const settings = new Settings(storage);
    expect(settings.values.theme).toBe("system");
    storage.full = true;
    settings.set("theme", "light");
    expect(settings.values.theme).toBe("light");
  });
});

describe("Objects", () => {
  it("are ordered by predicted quality, those without one at the end as they were made", () => {
    const { bench, objects, settings } = setUp();
    objects.shown = [0.9, null, 0.25, 1, null, 0.5].map((predicted_quality, i) => {
      const annotation = newAnnotation(`n${i}`, 1, 7);
      return { ...annotation, provenance: { ...annotation.provenance, predicted_quality } };
    });
    const visited = () => objects.shown.map(() => (bench.selectNeighbour(1), objects.selectedId));
    expect(visited()).toEqual(["n0", "n1", "n2", "n3", "n4", "n5"]);
    settings.set("objectOrder", "quality");
    expect(objects.inOrder("quality").map(({ id }) => id)).toEqual(["n2", "n5", "n0", "n3", "n1", "n4"]);
    bench.select(null);
    expect(visited()).toEqual(["n2", "n5", "n0", "n3", "n1", "n4"]);
  });
});

describe("Images", () => {
  const named = (id: number, file_name: string, more: object = {}) => ({ ...IMAGE, id, file_name, ...more });

  function setUp() {
    const settings = new Settings(new MemoryStorage());
    const images = new Images(settings);
    images.load([
      named(1, "b10.jpg", { worst_quality: 0.9 }),
      named(2, "b9.jpg", { status: "done" }),
      named(3, "a.jpg", { worst_quality: 0.2 }),
    ]);
    images.currentId = 2;
    return { settings, images, ids: () => images.listed.map(({ id }) => id) };
  }

  it("are ordered by name, numbers as numbers, or by their worst object", () => {
    const { settings, ids } = setUp();
    expect(ids()).toEqual([3, 2, 1]);
    settings.set("imageOrder", "quality");
    expect(ids()).toEqual([3, 1, 2]);
  });

  it("are ordered by what they teach; images without a rank follow by name", () => {
    const { settings, images, ids } = setUp();
    settings.set("imageOrder", "learning");
    expect(ids()).toEqual([3, 2, 1]);
    images.mostToLearn = [1];
    expect(ids()).toEqual([1, 3, 2]);
    images.currentId = 1;
    expect(images.neighbour(1)?.id).toBe(3);
    settings.set("imageOrder", "name");
    expect(ids()).toEqual([3, 2, 1]);
  });

  it("are read in the order of what they teach only while the list is sorted by it", async () => {
    const { settings, images } = setUp();
    const detections = new Detections({ classes: new Classes(), settings });
    const asked: number[][] = [[], [1, 3]];
    const said: string[] = [];
    const failures: unknown[] = [];
    const client = {
      limits: () => Promise.resolve({ weights: "detect-2", limits: { 1: 0.2 } }),
      mostToLearn: () => (asked.length > 0 ? Promise.resolve(asked.shift()!) : Promise.reject(new Error("gone"))),
    };
    const learnt = new Learnt({ client, detections, images, settings, say: (text) => said.push(text), complain: (error) => failures.push(error) });
    await learnt.read();
    expect([asked.length, detections.limits.weights]).toEqual([2, "detect-2"]);
    await learnt.sortBy("learning");
    expect(said).toEqual([expect.stringContaining("no boxes are suggested yet")]);
    await learnt.read();
    expect(images.mostToLearn).toEqual([1, 3]);
    await learnt.read();
    expect([images.mostToLearn, failures.length]).toEqual([[1, 3], 1]);
  });

  it("are filtered; going on from one that is not listed starts at the first", () => {
    const { settings, images, ids } = setUp();
    expect([images.neighbour(1)?.id, images.neighbour(-1)?.id]).toEqual([1, 3]);
    settings.set("imageFilter", "todo");
    expect(ids()).toEqual([3, 1]);
    expect(images.neighbour(1)?.id).toBe(3);
    images.currentId = 1;
    expect(images.neighbour(1)).toBeNull();
  });
});

describe("what is said", () => {
  it("begins with a capital, whoever says it", () => {
    const status = new Status();
    status.say("class 'coin' has objects");
    expect(status.notice).toBe("Class 'coin' has objects");
    status.say("bad.png: the file is empty");
    expect(status.notice).toBe("bad.png: the file is empty");
    expect([sentence("the file is empty"), sentence("Is it?")]).toEqual(["The file is empty.", "Is it?"]);
  });
});

describe("a notice", () => {
  it("is over once what is done after it changes the hint", () => {
    const status = new Status();
    status.act();
    status.say("Deleted");
    status.hint = "Drag a box";
    expect(status.notice).toBe("Deleted");
    status.act();
    status.hint = "Drag a box";
    expect(status.notice).toBe("Deleted");
    status.hint = "Click the corners";
    expect([status.notice, status.hint]).toEqual(["", "Click the corners"]);
  });
});

describe("FirstSteps", () => {
  const answer = (state: "proposed" | "accepted", clicks: number): ChangeAnswer => ({
    annotations: [
      {
        ...newAnnotation("a", 1, 1),
        state,
        shape: { type: "box", xyxy: [0, 0, 1, 1] },
        prompts: Array.from({ length: clicks }, () => ({ type: "click", x: 1, y: 1, adds: true, round: 1 })),
      },
    ],
    removed: [],
    classes: null,
    proposals: null,
    history: { undo: null, redo: null, undo_of: null, redo_of: null, undo_prompts: null },
    kind: "box",
    saved_at: "2030-01-02T12:04:11Z",
    model_ms: 5,
    error: null,
    kept: 0,
    image: IMAGE,
  });

  it("go on with what was done, and away for good", () => {
    const settings = new Settings(new MemoryStorage());
    const steps = new FirstSteps(settings, true);
    const seen = [answer("proposed", 0), answer("proposed", 1), answer("accepted", 1)].map((each) => {
      steps.note(each);
      return steps.step;
    });
    expect(seen).toEqual([1, 2, null]);
    expect(new FirstSteps(settings, true).step).toBeNull();
  });
});

describe("palette", () => {
  it("gives each class a colour of its own as long as there are any", () => {
    expect(nextColor([])).toBe(PALETTE[0]);
    expect(nextColor([PALETTE[0].toUpperCase(), PALETTE[1]])).toBe(PALETTE[2]);
    expect(PALETTE).toContain(nextColor(PALETTE));
  });
});
