import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../src/api/client";
import type { Job, ModelsAnswer, SettingValues } from "../src/api/types";
import { plotCurve, roundSteps } from "../src/render/curve";
import { Models } from "../src/state/models.svelte";

const JOB: Job = {
  ...{ id: 1, kind: "train detect", state: "waiting", progress: 0, message: "", ended_at: null, curve: [], result: {} },
  ...{ started_at: "2026-01-01T00:00:00Z", resumable: false },
};
const setting = (name: string, value: number | null) => ({
  ...{ name, type: "number" as const, title: name, description: "", default: value, enum: [] },
  ...{ minimum: null, exclusive_minimum: null, maximum: null },
});
const MINUTES = setting("minutes", 7);
const STEPS = setting("steps", null);
const done = (version: string, finds_less = false): Job => ({
  ...JOB,
  state: "done",
  result: { version, weights: `${version}-ab`, training_images: 10, objects: 30, validation: null, finds_less },
});

/** A server with one shipped model, which trains another one; `fails` is thrown by the next request. */
function setUp(finished = 12) {
  const missing = finished < 8 ? `${finished} of at least 8 images are finished` : "";
  const state = { chosen: null as string | null, versions: [] as string[], job: null as Job | null, fails: null as Error | null };
  const told = {
    ...{ answers: [] as (string | null)[], said: [] as string[], listeners: new Set<(job: Job) => void>() },
    requests: [] as string[],
    settings: [] as SettingValues[],
  };
  const answer = (method: string): ModelsAnswer => ({
    method,
    models: [null, ...state.versions].map((version) => ({
      ...{ version, summary: "", data: [], licence: "", figures: {}, megabytes: 1, made_at: null, problem: null },
    })),
    chosen: state.chosen,
    weights: state.chosen ?? (method === "detect" ? "shipped-1" : null),
    training: { finished, needed: 8, boxes: 30, missing, install: null, minutes: 7, settings: [MINUTES, STEPS] },
    job: state.job?.kind === `train ${method}` ? state.job : null,
  });
  const asked = async <T>(make: () => T): Promise<T> => {
    if (state.fails !== null) throw state.fails;
    return make();
  };
  const models = new Models({
    client: {
      models: (method) => asked(() => answer(method)),
      chooseModel: (method, version, before = state.chosen) =>
        asked(() => {
          if (state.chosen !== before && state.chosen !== version) throw new Refused("chosen meanwhile", "outdated");
          state.chosen = version;
          return answer(method);
        }),
      train: (method, settings, id) => (told.requests.push(id), told.settings.push(settings), asked(() => (state.job = { ...JOB, kind: `train ${method}` }))),
      cancelJob: () => asked(() => (state.job = { ...JOB, state: "cancelled", resumable: true })),
      resumeJob: (_, id) => (told.requests.push(id), asked(() => (state.job = { ...JOB, state: "waiting" }))),
    },
    trainable: () => ["detect", "suggest"].map((name) => ({ name, summary: "", task: name === "detect" ? "boxes" : "points", trained: false })),
    method: () => "detect",
    changed: async () => void told.answers.push(state.chosen),
    say: (text) => told.said.push(text),
    listen: (listener) => {
      told.listeners.add(listener);
      return () => told.listeners.delete(listener);
    },
  });
  const tell = async (job: Job) => {
    state.job = job;
    told.listeners.forEach((listener) => listener(job));
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { models, state, told, tell };
}

describe("the models", () => {
  it("are listed, chosen, and answer at once", async () => {
    const { models, state, told } = setUp();
    state.versions = ["detect-1"];
    await models.load();
    expect([models.chosen?.version, models.settingOf(MINUTES), models.missing]).toEqual([null, 7, ""]);
    await models.choose("detect-1");
    expect([models.chosen?.version, told.answers]).toEqual(["detect-1", ["detect-1"]]);
  });

  it.each([[true, "detect-1"], [false, "detect-2"]])("that two pages choose are both shown (mine: %s)", async (mine, chosen) => {
    const { models, state, told } = setUp();
    state.versions = ["detect-1", "detect-2"];
    await models.load();
    state.chosen = "detect-2";
    await models.choose("detect-1");
    expect([models.conflict, models.problem]).toEqual([{ mine: "detect-1", theirs: "detect-2" }, ""]);
    expect([state.chosen, told.answers], "what answers now").toEqual(["detect-2", ["detect-2"]]);
    if (mine) await models.choose("detect-1");
    else models.keepOther();
    expect([models.conflict, state.chosen, models.chosen?.version]).toEqual([null, chosen, chosen]);
  });

  it("are not in conflict when two pages choose the same one", async () => {
    const { models, state } = setUp();
    state.versions = ["detect-1"];
    await models.load();
    state.chosen = "detect-1";
    await models.choose("detect-1");
    expect([models.conflict, models.chosen?.version]).toEqual([null, "detect-1"]);
  });

  it("tell what a training lacks", async () => {
    const { models } = setUp(5);
    await models.show();
    expect(models.missing).toBe("5 of at least 8 images are finished");
  });

  it("are trained: progress, curve, and the new one answers", async () => {
    const { models, state, told, tell } = setUp();
    await models.load();
    expect(told.listeners.size).toBe(0);
    await models.train();
    expect([models.runs, told.listeners.size]).toEqual([true, 1]);
    await tell({ ...JOB, state: "running", progress: 0.5, curve: [[1, 3], [2, 2]] });
    expect([models.job?.progress, models.job?.curve.length]).toEqual([0.5, 2]);
    [state.versions, state.chosen] = [["detect-1"], "detect-1"];
    await tell(done("detect-1"));
    expect([models.runs, models.result?.version, models.chosen?.version]).toEqual([false, "detect-1", "detect-1"]);
    expect(told.answers.at(-1)).toBe("detect-1");
    expect(told.said).toEqual(["The new model detect-1 is now active"]);
    expect(told.listeners.size, "nobody looks, nothing runs").toBe(0);
  });

  it("are trained with the settings that a person changed, those of each model", async () => {
    const { models, told, tell } = setUp();
    await models.load();
    models.change("minutes", 3);
    models.change("steps", 20);
    models.change("minutes", null);
    expect([models.settingOf(MINUTES), models.settingOf(STEPS)]).toEqual([7, 20]);
    await models.train();
    await tell(done("detect-1"));
    models.pick("suggest");
    await models.load();
    await models.train();
    expect(told.settings).toEqual([{ steps: 20 }, {}]);
  });

  it("are trained without becoming active when another one was chosen meanwhile", async () => {
    const { models, state, told, tell } = setUp();
    await models.load();
    await models.train();
    [state.versions, state.chosen] = [["detect-1", "detect-2"], "detect-1"];
    await tell({ ...done("detect-2"), message: "'detect-1' was chosen during the training and stays active" });
    expect(models.chosen?.version).toBe("detect-1");
    expect(told.said).toEqual(["'detect-1' was chosen during the training and stays active"]);
  });

  it("show the training that another page started when this page starts one too", async () => {
    const { models, state, told } = setUp();
    await models.load();
    let asked = 0;
    const refusal = new Refused("a job is running already", "conflict");
    Object.defineProperty(state, "fails", { get: () => (asked++ < 2 ? refusal : null) });
    state.job = { ...JOB, state: "running", progress: 0.4 };
    await models.train();
    expect([models.problem, models.runs, models.job?.progress]).toEqual(["A job is running already", true, 0.4]);
    expect(told.listeners.size).toBe(1);
  });

  it("are said to find less than the model before", async () => {
    const { models, state, told, tell } = setUp();
    await models.load();
    await models.train();
    [state.versions, state.chosen] = [["detect-1"], "detect-1"];
    await tell(done("detect-1", true));
    expect(models.chosen?.version).toBe("detect-1");
    expect(told.said).toEqual(["The new model detect-1 is now active, but its mAP is lower than before"]);
  });

  it("follow a training that was under way when the page came, also from an open panel", async () => {
    const { models, state, told, tell } = setUp();
    state.job = { ...JOB, state: "running", progress: 0.2 };
    await models.load();
    await models.show();
    expect(told.listeners.size).toBe(1);
    await tell({ ...JOB, state: "failed", message: "the memory is not enough" });
    expect([models.job?.message, told.said]).toEqual(["the memory is not enough", ["Training failed; open the model panel for the reason"]]);
    expect(told.listeners.size, "the panel is open").toBe(1);
    models.hide();
    expect(told.listeners.size).toBe(0);
  });

  it("of several are picked in the panel, until it is closed", async () => {
    const { models, state, told, tell } = setUp();
    await models.load();
    models.pick("suggest");
    await models.show();
    expect([models.answer?.method, told.answers], "another model is no other version").toEqual(["suggest", []]);
    models.pick("detect");
    await new Promise((resolve) => setTimeout(resolve));
    expect(models.answer?.method).toBe("detect");
    models.pick("suggest");
    await new Promise((resolve) => setTimeout(resolve));
    await models.train();
    expect(state.job?.kind).toBe("train suggest");
    models.hide();
    expect([models.method, models.runs], "what is trained stays").toEqual(["suggest", true]);
    await tell({ ...JOB, state: "running" });
    expect(models.job?.kind, "not the job of another model").toBe("train suggest");
    state.chosen = "suggest-1";
    await tell({ ...done("suggest-1"), kind: "train suggest" });
    expect([models.answer?.method, models.method, told.answers]).toEqual(["suggest", "detect", ["suggest-1"]]);
  });

  it("follow a training of any model that was under way when the page came", async () => {
    const { models, state, told } = setUp();
    state.job = { ...JOB, kind: "train suggest", state: "running", progress: 0.2 };
    await models.load();
    expect([models.method, models.job?.progress, told.listeners.size]).toEqual(["suggest", 0.2, 1]);
  });

  it("that do not train never take the place of the one that the panel shows", async () => {
    const { models } = setUp();
    await models.show();
    const shown = new Set<string>();
    const loaded = models.load();
    for (let turn = 0; turn < 50; turn++) {
      shown.add(models.answer!.method);
      await Promise.resolve();
    }
    await loaded;
    expect([...shown]).toEqual(["detect"]);
  });

  it("are cancelled and taken up again", async () => {
    const { models } = setUp();
    await models.load();
    await models.train();
    await models.cancel();
    expect([models.runs, models.job?.resumable]).toEqual([false, true]);
    await models.resume();
    expect(models.runs).toBe(true);
  });

  it("are trained and taken up again once when the response was lost", async () => {
    const { models, state, told } = setUp();
    await models.load();
    for (const act of [models.train, models.resume]) {
      state.fails = new Unreachable("away");
      await act();
      state.fails = null;
      await act();
      await models.cancel();
    }
    const [trained, again, resumed, more] = told.requests;
    expect([again, more]).toEqual([trained, resumed]);
    expect(told.requests.length).toBe(4);
    expect(resumed).not.toBe(trained);
    await models.train();
    expect(told.requests[4], "it is another request").not.toBe(trained);
  });

  it("say why a request failed, until one succeeds", async () => {
    const { models, state } = setUp();
    await models.load();
    state.fails = new Refused("a job is running already", "conflict");
    await models.train();
    expect([models.problem, models.runs, models.busy]).toEqual(["A job is running already", false, false]);
    state.fails = new Unreachable("away");
    await models.choose("detect-1");
    expect(models.problem).toBe("The server does not respond");
    state.fails = null;
    await models.show();
    expect(models.problem).toBe("");
  });
});

describe("the loss curve", () => {
  it("fills its area, with round numbers beside it", () => {
    const { path, xTicks, yTicks } = plotCurve([[1, 4], [50, 2], [100, 1]], 200, 100);
    expect(path).toBe("M2.0 0.0L100.0 50.0L200.0 75.0");
    expect(xTicks.map(({ label }) => label)).toEqual(["0", "50", "100"]);
    expect(yTicks.map(({ label }) => label)).toEqual(["0", "1", "2", "3", "4"]);
    expect([yTicks[0]!.at, yTicks[2]!.at, yTicks[4]!.at]).toEqual([100, 50, 0]);
  });

  it("has ticks for any size", () => {
    for (const most of [0.003, 0.7, 1, 1.3, 9, 11, 400, 12345]) {
      const steps = roundSteps(most, 3);
      expect(steps.length).toBeGreaterThanOrEqual(2);
      expect(steps.length).toBeLessThanOrEqual(5);
      expect(steps.at(-1)!).toBeLessThanOrEqual(most * 1.000001);
    }
    expect(roundSteps(0, 3)).toEqual([0]);
  });

  it("survives no points, and points that are no numbers", () => {
    expect(plotCurve([], 200, 100).path).toBe("");
    expect(plotCurve([[1, NaN], [2, 1]], 200, 100).path).toBe("M200.0 0.0");
  });
});
