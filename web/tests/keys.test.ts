import { describe, expect, it } from "vitest";
import { ACTIONS } from "../src/state/actions";
import { actionFor, comboOf, firstKey, KEY_TABLE, remap, showCombo } from "../src/state/keys";
import { TOOLS } from "../src/tools";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  comboOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

describe("the key table", () => {
  it("has an action for every row, and a row for every tool", () => {
    for (const row of KEY_TABLE) expect(ACTIONS[row.action], row.action).toBeTypeOf("function");
    for (const tool of TOOLS) expect(firstKey(`tool.${tool.id}`, {})).not.toBe("");
  });

  it("gives each combination one meaning", () => {
    const combos = KEY_TABLE.flatMap((row) => row.keys);
    expect(new Set(combos).size).toBe(combos.length);
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
    ["q", {}, null],
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

  it("shows combinations as they are printed on keys", () => {
    expect(showCombo("Ctrl+Shift+ArrowLeft")).toBe("Ctrl Shift ←");
    expect(showCombo("Ctrl++")).toBe("Ctrl +");
    expect(showCombo("+")).toBe("+");
  });
});
