import { describe, expect, it } from "vitest";
import { ACTIONS } from "../src/state/actions";
import { KEY_TABLE } from "../src/state/keys";
import { TOOLS, toolById } from "../src/tools";
import { setUp } from "./support/bench";

const MODULES = import.meta.glob<object>("../src/tools/*/index.ts", { eager: true });

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
