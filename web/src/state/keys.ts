/** All keys, in one table. Combinations are written "Ctrl+Shift+Z"; Ctrl stands for the command key too. */

import type { MethodInfo } from "../api/types";
import { TOOLS } from "../tools";

export type KeyGroup = "Tools" | "Objects" | "Classes" | "Painting" | "Images" | "View" | "Keyboard cursor" | "Questions" | "Help";
/** What the keys are about: an image, or one question after the other. */
export type KeyMode = "image" | "questions";

export interface KeyRow {
  action: string;
  label: string;
  group: KeyGroup;
  keys: readonly string[];
  /** The tool without which it does nothing, and the task of a model that it needs. */
  tool?: string;
  task?: MethodInfo["task"];
}

const row = (group: KeyGroup, action: string, label: string, ...keys: string[]): KeyRow => ({
  action,
  label,
  group,
  keys,
});

const CLASS_ROWS = Array.from({ length: 9 }, (_, i) => row("Classes", `class.${i + 1}`, `Class ${i + 1}`, `${i + 1}`));

const TOOL_ROWS = TOOLS.map(({ id, keyLabel, keys }) => ({ ...row("Tools", `tool.${id}`, keyLabel, ...keys), tool: id }));
const ACTION_ROWS = TOOLS.flatMap(({ id: tool, actions = [] }) =>
  actions.map(({ id, label, keys, task }) => ({ ...row("Objects", id, label, ...keys), tool, ...(task && { task }) })),
);

export const KEY_TABLE: readonly KeyRow[] = [
  ...TOOL_ROWS,
  row("Objects", "forward", "Accept and continue", "Enter", "N"),
  row("Objects", "accept-all", "Accept all suggestions", "Shift+Enter"),
  row("Objects", "back", "One step back", "Escape"),
  row("Objects", "undo", "Undo", "Ctrl+Z"),
  row("Objects", "redo", "Redo", "Ctrl+Shift+Z", "Ctrl+Y"),
  row("Objects", "another-mask", "Another mask for the same click", "Tab"),
  row("Objects", "delete", "Delete the selected object", "Delete"),
  row("Objects", "remove", "Remove the last point", "Backspace"),
  row("Objects", "next-object", "Select the next object", "J"),
  row("Objects", "previous-object", "Select the previous object", "K"),
  ...ACTION_ROWS,
  ...CLASS_ROWS,
  row("Painting", "brush.smaller", "Smaller brush", "["),
  row("Painting", "brush.larger", "Larger brush", "]"),
  row("Images", "image.next", "Next image", "D"),
  row("Images", "image.previous", "Previous image", "A"),
  row("Images", "image.done", "Set image to done, open the next", "Ctrl+Enter"),
  row("Images", "image.accept", "Accept all, set image to done, open the next", "Shift+D"),
  row("Images", "counts", "Counts of all images", "Shift+T"),
  row("Images", "questions", "Answer questions about suggestions", "Shift+Q"),
  row("View", "hide", "Hide or show all objects", "H"),
  row("View", "zoom.in", "Zoom in", "+", "="),
  row("View", "zoom.out", "Zoom out", "-"),
  row("View", "zoom.fit", "Show the whole image", "0"),
  row("View", "pan.left", "Pan left", "ArrowLeft"),
  row("View", "pan.right", "Pan right", "ArrowRight"),
  row("View", "pan.up", "Pan up", "ArrowUp"),
  row("View", "pan.down", "Pan down", "ArrowDown"),
  row("Keyboard cursor", "cursor.left", "Move left", "Shift+ArrowLeft"),
  row("Keyboard cursor", "cursor.right", "Move right", "Shift+ArrowRight"),
  row("Keyboard cursor", "cursor.up", "Move up", "Shift+ArrowUp"),
  row("Keyboard cursor", "cursor.down", "Move down", "Shift+ArrowDown"),
  row("Keyboard cursor", "cursor.fine.left", "One pixel left", "Ctrl+Shift+ArrowLeft"),
  row("Keyboard cursor", "cursor.fine.right", "One pixel right", "Ctrl+Shift+ArrowRight"),
  row("Keyboard cursor", "cursor.fine.up", "One pixel up", "Ctrl+Shift+ArrowUp"),
  row("Keyboard cursor", "cursor.fine.down", "One pixel down", "Ctrl+Shift+ArrowDown"),
  row("Keyboard cursor", "cursor.click", "Left click here", "."),
  row("Keyboard cursor", "cursor.click.right", "Right click here", ","),
  row("Keyboard cursor", "cursor.click.shift", "Shift+click here", ";"),
  row("Keyboard cursor", "cursor.drag", "Start or end a drag here", "/"),
  row("Keyboard cursor", "cursor.drag.shift", "Start a Shift+drag here", "'"),
  row("Questions", "question.accept", "Accept the suggestion, or add the missing object", "Y", "Enter"),
  row("Questions", "question.delete", "Reject: not an object", "N"),
  row("Questions", "question.missing", "Add a missing object", "M"),
  row("Questions", "question.skip", "Skip", "S"),
  row("Questions", "question.undo", "Undo the last answer", "Z", "Ctrl+Z"),
  row("Questions", "question.left", "Move left", "ArrowLeft"),
  row("Questions", "question.right", "Move right", "ArrowRight"),
  row("Questions", "question.up", "Move up", "ArrowUp"),
  row("Questions", "question.down", "Move down", "ArrowDown"),
  row("Questions", "question.narrower", "Make narrower", "Shift+ArrowLeft"),
  row("Questions", "question.wider", "Make wider", "Shift+ArrowRight"),
  row("Questions", "question.lower", "Make shorter", "Shift+ArrowUp"),
  row("Questions", "question.higher", "Make taller", "Shift+ArrowDown"),
  row("Questions", "question.ledger", "Show the ledger", "L"),
  row("Questions", "question.rounds", "Show the learning rounds", "R"),
  row("Questions", "question.back", "Back to the image", "Escape"),
  row("Help", "help", "Show this list", "F1"),
];

export type KeyOverrides = Record<string, string[]>;

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** "Ctrl+Shift+Z" for an event. Shift counts for letters and named keys, not for signs that need it to be typed. */
export function comboOf(event: Pressed): string {
  const letter = /^\p{L}$/u.test(event.key);
  const sign = event.key.length === 1 && !letter;
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && !sign) parts.push("Shift");
  parts.push(letter ? event.key.toUpperCase() : event.key === " " ? "Space" : event.key);
  return parts.join("+");
}

export function keysOf(row: KeyRow, overrides: KeyOverrides): readonly string[] {
  return overrides[row.action] ?? row.keys;
}

/** Classes have the same keys everywhere. */
export function modesOf({ group }: KeyRow): readonly KeyMode[] {
  if (group === "Classes") return ["image", "questions"];
  return [group === "Questions" ? "questions" : "image"];
}

export function actionFor(combo: string, overrides: KeyOverrides, mode: KeyMode = "image"): string | null {
  const rows = KEY_TABLE.filter((row) => modesOf(row).includes(mode));
  return rows.find((row) => keysOf(row, overrides).includes(combo))?.action ?? null;
}

export function firstKey(action: string, overrides: KeyOverrides): string {
  const found = KEY_TABLE.find((row) => row.action === action);
  return (found && keysOf(found, overrides)[0]) ?? "";
}

/** The table with `combo` doing `action` and nothing else at the same time. */
export function remap(overrides: KeyOverrides, action: string, combo: string): KeyOverrides {
  const next = { ...overrides };
  const modes = KEY_TABLE.filter((row) => row.action === action).flatMap(modesOf);
  for (const row of KEY_TABLE.filter((other) => modesOf(other).some((mode) => modes.includes(mode)))) {
    const keys = keysOf(row, next);
    if (row.action !== action && keys.includes(combo)) next[row.action] = keys.filter((key) => key !== combo);
  }
  return { ...next, [action]: [combo] };
}

const NAMES: Record<string, string> = {
  Escape: "Esc",
  Delete: "Del",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

export function showCombo(combo: string): string {
  return combo
    .split(/\+(?=.)/)
    .map((part) => NAMES[part] ?? part)
    .join(" ");
}

const SPOKEN: Record<string, string> = { ".": "full stop", ",": "comma", "[": "left bracket", "]": "right bracket" };

/** For those who hear it: "Shift left arrow". */
export function spokenCombo(combo: string): string {
  return combo
    .split(/\+(?=.)/)
    .map((part) => SPOKEN[part] ?? part.replace(/^Arrow(.+)/, (_, way: string) => `${way.toLowerCase()} arrow`))
    .join(" ");
}
