import { describe, expect, it } from "vitest";
import { ACTIONS } from "../src/state/actions";
import { KEY_TABLE } from "../src/state/keys";
import { TOOLS, toolById, toolsFor } from "../src/tools";
import { setUp } from "./support/bench";
import { methodOf } from "./support/server";

const MODULES = import.meta.glob<object>("../src/tools/*/index.ts", { eager: true });

describe("the prompt tool", () => {
  it("serves every model without a tool of its own, between the models' tools and those by hand", () => {
    const tools = toolsFor([methodOf("segment"), methodOf("sam", "segment"), methodOf("blobs", "detect")]);
    expect(tools.map(({ id }) => id).slice(0, 6)).toEqual(["select", "segment", "extreme", "prompt.sam", "prompt.blobs", "point"]);
  });

  it("gives its own model prompts of the kinds that it takes", async () => {
    const parts = setUp(undefined, undefined, ["sam"]);
    expect(parts.bench.has("segment")).toBe(false);
    parts.bench.take("prompt.sam");
    parts.click([20, 20]);
    await parts.settled();
    expect(parts.server.requests.map(({ body }) => body["method"])).toEqual(["sam"]);
    expect(parts.bench.session.hint()).not.toBe("");
  });

  it("finds objects by class clicks for a model of that task", async () => {
    const parts = setUp(undefined, undefined, ["blobs"]);
    parts.bench.take("prompt.blobs");
    parts.click([20, 20]);
    await parts.settled();
    expect(parts.server.requests.map(({ body }) => body["method"])).toEqual(["blobs"]);
    expect(parts.detections.shown).toHaveLength(1);
  });
});

describe("the registry of tools", () => {
  it("has every folder of a tool, and each tool once", () => {
    const exported = Object.values(MODULES).flatMap((module) => Object.values(module));
    expect(new Set(TOOLS)).toEqual(new Set(exported));
    expect(new Set(TOOLS.map(({ id }) => id)).size).toBe(TOOLS.length);
  });

  it.each(TOOLS.map((tool) => [tool.id, tool] as const))("gives %s a key, its actions and something to say", (id, tool) => {
    const rows = KEY_TABLE.filter((row) => row.tool === id);
    expect(rows.map(({ action }) => action)).toEqual([`tool.${id}`, ...(tool.actions ?? []).map((action) => action.id)]);
    for (const { action } of rows) expect(ACTIONS[action]).toBeTypeOf("function");
    const { bench } = setUp();
    bench.take(id);
    expect([bench.tool, toolById(id)]).toEqual([tool, tool]);
    expect(bench.session.hint()).not.toBe("");
  });
});
