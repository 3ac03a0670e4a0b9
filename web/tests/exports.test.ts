import { describe, expect, it } from "vitest";
import { Unreachable } from "../src/api/client";
import type { ExportPlan, ImageChoice } from "../src/api/types";
import { Exports } from "../src/state/exports.svelte";

const planOf = (choice: ImageChoice, images: number): ExportPlan => ({ choice, images, of: 3, annotations: 4, left_out: [], lacking: {} });
const PLANS = [planOf("labelled", 2), planOf("done", 1), planOf("all", 3)];

function setUp() {
  const state = { fails: null as Error | null };
  const log: string[] = [];
  const exports = new Exports({
    client: {
      exportPlans: async () => {
        log.push("plans");
        if (state.fails !== null) throw state.fails;
        return PLANS;
      },
      export: async (format, images) => {
        log.push(`export ${format} ${images}`);
        return { file: new File([], "labels.json"), written: "4 annotations of 1 image", leftOut: "" };
      },
    },
    saved: async () => void log.push("saved"),
  });
  return { exports, state, log };
}

describe("exports", () => {
  it("hold the labelled images unless a person chooses others, and are counted after everything is saved", async () => {
    const { exports, log } = setUp();
    expect(exports.plan).toBeNull();
    await exports.show();
    expect([exports.choice, exports.plan]).toEqual(["labelled", PLANS[0]]);
    exports.choice = "done";
    expect(exports.plan).toEqual(PLANS[1]);
    await exports.file("yolo");
    expect(log).toEqual(["saved", "plans", "saved", "export yolo done"]);
  });

  it("show no old counts when the server cannot count", async () => {
    const { exports, state } = setUp();
    await exports.show();
    state.fails = new Unreachable("The server does not respond.");
    await exports.show();
    expect([exports.plan, exports.problem]).toEqual([null, "The server does not respond."]);
  });
});
