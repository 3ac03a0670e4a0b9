import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../src/api/client";
import type { AskResult, Batch, Job } from "../src/api/types";
import { Everywhere, summaryOf } from "../src/state/everywhere.svelte";

const RESULT: AskResult = { role: "halfway", weights: "halfway-1", event: 9, images: 3, moves: 1, suggestions: 2, skipped: [] };
const JOB: Job = {
  ...{ id: 1, kind: "ask halfway", state: "waiting", progress: 0, message: "", ended_at: null, curve: [], result: {} },
  ...{ started_at: "2026-01-01T00:00:00Z", resumable: false },
};

function setUp() {
  const told = { said: [] as string[], changes: 0, saves: 0, ids: [] as string[], listeners: new Set<(job: Job) => void>() };
  const state = { batches: [] as Batch[], fails: null as Error | null };
  const asked = async <T>(answer: T): Promise<T> => {
    if (state.fails !== null) throw state.fails;
    return answer;
  };
  const everywhere = new Everywhere({
    client: {
      ask: (method, images, classId, id) => (told.ids.push(`${method} ${images} ${classId} ${id}`), asked(JOB)),
      cancelJob: () => asked({ ...JOB, state: "cancelled", resumable: true } as Job),
      resumeJob: (_, id) => (told.ids.push(id), asked(JOB)),
      acceptMoves: () => asked({ event: 4, images: 2, moved: 1, outdated: 3 }),
      batches: () => asked(state.batches),
      undoBatch: (event) => asked({ event, kind: "accept moves", restored: 1, images: 2, kept: 1 }),
    },
    taskOf: (method) => ({ blobs: "boxes", discs: "mask" } as const)[method] ?? "points",
    saved: async () => void (told.saves += 1),
    changed: async () => void (told.changes += 1),
    say: (text) => told.said.push(text),
    listen: (listener) => {
      told.listeners.add(listener);
      return () => told.listeners.delete(listener);
    },
  });
  const tell = async (job: Partial<Job>) => {
    told.listeners.forEach((listener) => listener({ ...JOB, ...job }));
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { everywhere, told, state, tell };
}

describe("a job over many images", () => {
  it("starts once everything is saved, is listened to, and its suggestions are shown once it is done", async () => {
    const { everywhere, told, tell } = setUp();
    everywhere.images = "annotated";
    await everywhere.ask("halfway");
    expect([everywhere.runs, everywhere.method, told.saves]).toEqual([true, "halfway", 1]);
    expect(told.ids[0]).toMatch(/^halfway annotated null .{36}$/);
    await tell({ state: "running", progress: 0.5 });
    expect([everywhere.job?.progress, told.changes]).toEqual([0.5, 0]);
    await tell({ state: "done", result: RESULT });
    expect(told.changes).toBe(1);
    expect(told.said).toEqual(["Halfway: 1 suggested move and 2 suggested points in 3 images"]);
    expect(told.listeners.size).toBe(0);
  });

  it.each([[0, 2, "2 suggested points"], [1, 0, "1 suggested move"], [0, 0, "no suggestions"]])(
    "is summed up without what it did not find: %i moves, %i points",
    (moves, suggestions, found) => expect(summaryOf({ ...RESULT, moves, suggestions })).toBe(`Halfway: ${found} in 3 images`),
  );

  it("gives the boxes of a class masks, and counts the boxes that got none", async () => {
    const { everywhere, told } = setUp();
    everywhere.boxClass = 7;
    await everywhere.ask("discs");
    await everywhere.ask("halfway");
    expect(told.ids.map((id) => id.slice(0, -37))).toEqual(["discs all 7", "halfway all null"]);
    const skipped = [
      { reason: "the box marks a crowd", images: 2, objects: 3, first: "a.png" },
      { reason: "the box has a mask already", images: 1, objects: 1, first: "b.png" },
    ];
    const result = { ...RESULT, role: "discs", moves: 0, suggestions: 1, images: 1, skipped };
    expect(everywhere.summaryOf(result)).toBe(
      "Discs: 1 suggested mask in 1 image. Skipped 3 boxes in 2 images, such as a.png: the box marks a crowd. " +
        "Skipped 1 box in 1 image, such as b.png: the box has a mask already",
    );
  });

  it("is cancelled and resumed", async () => {
    const { everywhere } = setUp();
    await everywhere.ask("halfway");
    await everywhere.cancel();
    expect([everywhere.runs, everywhere.job?.resumable]).toEqual([false, true]);
    await everywhere.resume();
    expect(everywhere.runs).toBe(true);
  });

  it("says why it failed, and what it skipped", async () => {
    const { everywhere, told, tell } = setUp();
    await everywhere.ask("halfway");
    await tell({ state: "failed", message: "the disk is full" });
    expect(told.said).toEqual(["Halfway failed: the disk is full"]);
    const skipped = [{ reason: "the file is damaged", images: 2, objects: 0, first: "a.png" }];
    expect(everywhere.summaryOf({ ...RESULT, role: "blobs" })).toBe("Blobs: 2 suggested boxes in 3 images");
    const nothing = { ...RESULT, role: "blobs", suggestions: 0 };
    expect(everywhere.summaryOf(nothing)).toBe("Blobs: 0 suggested boxes in 3 images. Click two objects of a class, in any image, then try again");
    expect(summaryOf({ ...RESULT, skipped })).toContain(". Skipped 2 images, such as a.png: the file is damaged");
  });

  it("is found at the start of the page, and jobs of other kinds are left alone", async () => {
    const { everywhere, told, tell } = setUp();
    everywhere.load();
    await tell({ kind: "train detect", state: "running" });
    expect([everywhere.job, told.listeners.size]).toEqual([null, 0]);
    everywhere.load();
    await tell({ state: "running" });
    expect([everywhere.runs, told.listeners.size]).toEqual([true, 1]);
  });

  it("has the id of the first request when that got no answer", async () => {
    const { everywhere, told, state } = setUp();
    state.fails = new Unreachable("away");
    await everywhere.ask("halfway");
    expect(everywhere.problem).toBe("The server does not respond");
    state.fails = null;
    await everywhere.ask("halfway");
    expect(told.ids[0]).toBe(told.ids[1]);
    state.fails = new Refused("a job runs already", "conflict");
    await everywhere.cancel();
    expect(everywhere.problem).toBe("A job runs already");
  });
});

describe("moves of all images", () => {
  it("are accepted, and what changed since is named", async () => {
    const { everywhere, told } = setUp();
    await everywhere.acceptMoves();
    expect(told.said).toEqual(["Moved 1 point in 2 images. Removed 3 moves of points that have changed since"]);
    expect([told.saves, told.changes]).toEqual([1, 1]);
  });

  it("are undone as a whole", async () => {
    const { everywhere, told, state } = setUp();
    state.batches = [{ event: 4, kind: "accept moves", created_at: "2026-01-01T00:00:00Z", images: 2, undone: false }];
    await everywhere.show();
    expect(everywhere.batches).toHaveLength(1);
    await everywhere.undo(4);
    expect(told.said).toEqual(["Undone: accept moves, in 2 images. 1 change kept, because of later changes"]);
    expect(told.listeners.size).toBe(1);
    everywhere.hide();
    expect(told.listeners.size).toBe(0);
  });
});
