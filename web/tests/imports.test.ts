import { describe, expect, it } from "vitest";
import { Unreachable } from "../src/api/client";
import type { Import } from "../src/api/types";
import { Imports } from "../src/state/imports.svelte";

const LISTED: Import = { event: 3, file: "labels.json", created_at: "2026-01-01T00:00:00Z", objects: 4, unchanged: 3, undone: false };

/** A server with one import; `fails` is thrown after the next undo took effect. */
function setUp() {
  const state = { fails: null as Error | null, listed: LISTED };
  const log: string[] = [];
  const imports = new Imports({
    client: {
      imports: async () => [state.listed],
      undoImport: async (event, id) => {
        log.push(`undo ${event} ${id}`);
        state.listed = { ...LISTED, unchanged: 0, undone: true };
        if (state.fails !== null) throw state.fails;
        return { event, file: "labels.json", removed: 3, edited: 0, corrected: 1, deleted: 0 };
      },
    },
    saved: async () => void log.push("saved"),
    changed: async () => void log.push("changed"),
    say: (text) => log.push(text),
  });
  return { imports, state, log };
}

describe("imports", () => {
  it("are listed, and undone after everything is saved", async () => {
    const { imports, log } = setUp();
    await imports.show();
    expect(imports.all).toEqual([LISTED]);
    await imports.undo(3);
    expect(log).toEqual([
      "saved",
      expect.stringMatching(/^undo 3 /),
      "Import undone: 3 objects removed. Kept, because they have changed since: 1 corrected",
      "changed",
    ]);
    expect(imports.all[0]).toMatchObject({ unchanged: 0, undone: true });
  });

  it("are undone once when the response was lost", async () => {
    const { imports, state, log } = setUp();
    state.fails = new Unreachable("The server does not respond.");
    await imports.undo(3);
    expect([imports.problem, imports.busy]).toEqual(["The server does not respond.", false]);
    state.fails = null;
    await imports.undo(3);
    const requests = log.filter((line) => line.startsWith("undo"));
    expect(requests.length).toBe(2);
    expect(new Set(requests).size).toBe(1);
  });
});
