import { describe, expect, it } from "vitest";
import { ACTIONS } from "../src/state/actions";
import { actionFor, comboOf, firstKey, KEY_TABLE, modesOf, remap, showCombo, spokenCombo } from "../src/state/keys";
import { TOOLS } from "../src/tools";
import { setUp } from "./support/bench";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  comboOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

describe("the key table", () => {
  it("has an action for every row, and a row for every tool", () => {
    for (const row of KEY_TABLE) expect(ACTIONS[row.action], row.action).toBeTypeOf("function");
    for (const tool of TOOLS) expect(firstKey(`tool.${tool.id}`, {})).not.toBe("");
  });

  it("knows which actions need a tool that may be absent", () => {
    const { bench } = setUp(undefined, undefined, ["segment"]);
    const idle = KEY_TABLE.filter((row) => row.tool !== undefined && !bench.has(row.tool)).map(({ action }) => action);
    expect(idle).toEqual(["tool.regions", "tool.detect", "merge", "accept-class", "find"]);
  });

  it("gives each combination one meaning", () => {
    for (const mode of ["image", "questions"] as const) {
      const combos = KEY_TABLE.filter((row) => modesOf(row).includes(mode)).flatMap((row) => row.keys);
      expect(combos.length).toBeGreaterThan(15);
      expect(new Set(combos).size).toBe(combos.length);
    }
  });

  it.each([
    ["v", {}, "tool.select"],
    ["V", { shiftKey: true }, null],
    ["z", { ctrlKey: true }, "undo"],
    ["z", { metaKey: true }, "undo"],
    ["Z", { ctrlKey: true, shiftKey: true }, "redo"],
    ["y", { ctrlKey: true }, "redo"],
    ["n", {}, "forward"],
    ["Enter", {}, "forward"],
    ["Enter", { ctrlKey: true }, "image.done"],
    ["7", {}, "class.7"],
    ["[", {}, "brush.smaller"],
    ["+", { shiftKey: true }, "zoom.in"],
    ["ArrowUp", { shiftKey: true }, "cursor.up"],
    ["ArrowUp", {}, "pan.up"],
    ["u", {}, null],
  ] as const)("%s with %o is %s", (key, held, action) => {
    expect(actionFor(press(key, held), {})).toBe(action);
  });

  it("can be changed: a combination moves from one action to another", () => {
    const overrides = remap({}, "forward", "Ctrl+Y");
    expect(actionFor("Ctrl+Y", overrides)).toBe("forward");
    expect(actionFor("Enter", overrides)).toBeNull();
    expect(firstKey("redo", overrides)).toBe("Ctrl+Shift+Z");
    expect(actionFor("V", remap(overrides, "back", "V"))).toBe("back");
  });

  it("has other meanings while questions are asked, and the same classes", () => {
    expect(actionFor("N", {}, "questions")).toBe("question.delete");
    expect(actionFor("3", {}, "questions")).toBe("class.3");
    expect(actionFor("D", {}, "questions")).toBeNull();
    const overrides = remap({}, "question.skip", "N");
    expect(actionFor("N", overrides, "questions")).toBe("question.skip");
    expect(actionFor("N", overrides)).toBe("forward");
    expect(actionFor("3", remap({}, "forward", "3"), "questions")).toBeNull();
  });

  it("shows combinations as they are printed on keys", () => {
    expect(showCombo("Ctrl+Shift+ArrowLeft")).toBe("Ctrl Shift ←");
    expect(showCombo("Ctrl++")).toBe("Ctrl +");
    expect(showCombo("+")).toBe("+");
    expect(["Shift+ArrowLeft", ".", "Ctrl+G"].map(spokenCombo)).toEqual(["Shift left arrow", "full stop", "Ctrl G"]);
  });

  it("is what the hints say, remapped ones too, and nothing of an action without a key", async () => {
    const { bench, drag, click, settings, settled } = setUp();
    drag([[10, 10], [20, 20], [30, 30]]);
    await settled();
    expect(bench.session.hint()).toContain("Enter accepts · Esc undoes");
    settings.set("keys", { forward: ["Ctrl+G"], back: [], "class.3": ["Q"] });
    expect(bench.session.hint()).toBe("Click to add an area · right-click to remove one · Ctrl G accepts");
    bench.take("select");
    expect(bench.session.hint()).toContain("the key of a class changes its class");
    bench.take("brush");
    expect(bench.session.hint()).toContain("[ and ] change the size");
    bench.take("polygon");
    click([1, 1]);
    expect(bench.session.hint()).toBe("Click the next corner · Backspace removes the last");
  });
});
