import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../src/api/client";
import type { Job, RoundResult, RoundsAnswer } from "../src/api/types";
import { qualityOf } from "../src/state/round-quality";
import { Rounds, summaryOf } from "../src/state/rounds.svelte";

const RESULT: RoundResult = {
  ...{ role: "detect", weights: "detect-2-ab", event: 9, images: 3, moves: 0, suggestions: 8, skipped: [], version: "detect-2" },
  ...{ strategy: "threshold", training_images: 4, objects: 9, boxes: 5, answers: 7, classes: ["cat"], unlabelled: [], tightened: [], measured: null },
  questions: 6,
  limits: {},
};
const JOB: Job = {
  ...{ id: 1, kind: "round detect", state: "running", progress: 0, message: "", ended_at: null, curve: [], result: {} },
  ...{ started_at: "2026-01-01T00:00:00Z", resumable: false },
};
const TOTAL = { object_answers: 5, all_answers: 7, seconds: 20, model_seconds: 21, clicks: 2 };
const ANSWER: RoundsAnswer = {
  ...{ settings: { every: 50, strategy: "threshold", steps: 250 }, strategies: ["random", "threshold"], since: 3, missing: "" },
  ...{ install: null, job: null, points: [], finished: 3, needed: 8, gain: null, unlabelled: null, total: TOTAL, classes: [] },
};
const point = (boxes: number, map50: number | null, confirmed = 0, judged = 0) => ({
  ...{ version: "detect-1", boxes, answers: boxes + 2, map50, held_out: map50 === null ? 0 : 2, confirmed: { confirmed, judged } },
});

function setUp() {
  const told = { ended: [] as string[], saves: 0, ids: [] as string[], settings: [] as object[], listeners: new Set<(job: Job) => void>() };
  const state = { fails: null as Error | null, answers: Promise.resolve() };
  const asked = async <T>(answer: T): Promise<T> => {
    await state.answers;
    if (state.fails !== null) throw state.fails;
    return answer;
  };
  const rounds = new Rounds({
    client: {
      rounds: () => asked(ANSWER),
      startRound: (id) => (told.ids.push(id), asked(JOB)),
      changeRounds: (settings) => (told.settings.push(settings), asked({ ...ANSWER, settings })),
      cancelJob: () => asked({ ...JOB, state: "cancelled", resumable: true } as Job),
      resumeJob: (_, id) => (told.ids.push(id), asked(JOB)),
    },
    saved: async () => void (told.saves += 1),
    ended: (text) => told.ended.push(text),
    listen: (listener) => {
      told.listeners.add(listener);
      return () => told.listeners.delete(listener);
    },
  });
  const tell = (job: Partial<Job>) => told.listeners.forEach((listener) => listener({ ...JOB, ...job }));
  return { rounds, told, state, tell };
}

describe("learning rounds", () => {
  it("are followed while questions are asked, and tell when they have ended", () => {
    const { rounds, told, tell } = setUp();
    rounds.follow();
    rounds.follow();
    expect(told.listeners.size).toBe(1);
    tell({ progress: 0.4 });
    expect([rounds.runs, rounds.job?.progress]).toEqual([true, 0.4]);
    tell({ state: "done", result: RESULT });
    expect([rounds.runs, told.ended]).toEqual([false, ["6 new questions from detect-2"]]);
    tell({ state: "done", result: RESULT }); // told again, as when the connection comes back
    expect(told.ended).toHaveLength(1);
    tell({ id: 2 });
    tell({ id: 2, state: "failed", message: "no box to train on" });
    expect(told.ended[1]).toBe("The round failed: no box to train on");
    rounds.unfollow();
    expect(told.listeners.size).toBe(0);
  });

  it("do not care about other jobs", () => {
    const { rounds, tell } = setUp();
    rounds.follow();
    tell({ kind: "train detect" });
    expect(rounds.job).toBeNull();
  });

  it("start after every answer is saved, once for each try", async () => {
    const { rounds, told, state } = setUp();
    state.fails = new Unreachable("gone");
    await rounds.start();
    expect(rounds.problem).toBe("The server does not respond");
    state.fails = new Refused("a job is running already");
    await rounds.start();
    expect(rounds.problem).toBe("A job is running already");
    state.fails = null;
    await rounds.start();
    expect([told.saves, new Set(told.ids.slice(0, 2)).size, rounds.problem]).toEqual([3, 1, ""]);
  });

  it("change one setting at a time", async () => {
    const { rounds, told } = setUp();
    await rounds.show();
    await rounds.change({ every: 0 });
    expect(told.settings).toEqual([{ every: 0, strategy: "threshold", steps: 250 }]);
    expect(rounds.content?.settings.every).toBe(0);
  });

  it("keep every change that is made before an earlier one is stored", async () => {
    const { rounds, told, state } = setUp();
    await rounds.show();
    let answer: () => void = () => undefined;
    state.answers = new Promise((resolve) => (answer = resolve));
    const changes = [rounds.change({ every: 6 }), rounds.change({ steps: 40 })];
    await new Promise((resolve) => setTimeout(resolve));
    expect(told.settings).toHaveLength(1);
    answer();
    await changes[0];
    expect(rounds.content?.settings).toEqual({ every: 6, strategy: "threshold", steps: 40 });
    changes.push(rounds.change({ strategy: "random" }));
    await Promise.all(changes);
    expect(told.settings.at(-1)).toEqual({ every: 6, strategy: "random", steps: 40 });
  });

  it("show what is stored once a change has failed", async () => {
    const { rounds, state } = setUp();
    await rounds.show();
    state.fails = new Refused("a round takes at least 1 step");
    await rounds.change({ steps: 0 });
    expect(rounds.problem).toBe("A round takes at least 1 step");
    state.fails = null;
    await rounds.show();
    expect(rounds.content?.settings.steps).toBe(250);
  });

  it("name the classes whose boxes they tightened", () => {
    expect(summaryOf({ ...RESULT, tightened: ["cat", "dog"] })).toBe("6 new questions from detect-2; boxes tightened for the classes cat, dog");
  });

  it("that suggest nothing say so", () => {
    expect(summaryOf({ ...RESULT, questions: 0 })).toBe("detect-2 suggests nothing in 3 images; accept or draw more objects");
    expect(summaryOf({ ...RESULT, questions: 1 })).toBe("1 new question from detect-2");
  });
});

describe("the quality of rounds", () => {
  it("is the mAP where it was measured", () => {
    const found = qualityOf({ ...ANSWER, points: [point(5, null, 1, 2), point(9, 0.25), point(20, 0.5)] });
    expect(found.points).toEqual([[9, 0.25], [20, 0.5]]);
    expect([found.unit, found.title]).toEqual(["mAP", "mAP at IoU 0.5 on 2 finished images, held out of the training"]);
    expect(found.notes).toHaveLength(1);
    expect(qualityOf({ ...ANSWER, points: [point(9, 0.25)], gain: { answers: 100, mean: 0.1, error: 0.02 } }).notes).toEqual([]);
  });

  it("is otherwise the share of confirmed suggestions, and is named so", () => {
    const found = qualityOf({ ...ANSWER, points: [point(5, null, 1, 2), point(9, null)] });
    expect(found.points).toEqual([[5, 0.5]]);
    expect(found.title).toContain("confirmed");
    expect(found.notes).toEqual(["The mAP is measured on finished images that are held out. This needs 8 finished images with objects; there are 3."]);
    expect(qualityOf({ ...ANSWER, points: [] }).notes[0]).toBe("Nobody has judged any suggestions from a round yet.");
  });
});
