/** Keys pressed anywhere on the page, and which of them are left to what has the focus. */

import type { Gestures } from "../render/gestures";
import { ACTIONS } from "./actions";
import { actionFor, comboOf, type KeyMode } from "./keys";
import type { Workspace } from "./workspace.svelte";

const WRITES = "input:not([type=range], [type=checkbox], [type=color]), textarea, select, [contenteditable]";
const PRESSED_BY_KEYS = ["Enter", "Space", "Tab", "Shift+Tab"];
const MOVED_BY_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Tab", "Shift+Tab"];
/** A held key accepts or answers no second time. */
const ONCE = /^(forward|image\.accept|class\.|question\.(accept|delete|missing|skip))/;

/** Whether the focused element wants this key for itself. */
export function belongsToElement(target: Element | null, combo: string): boolean {
  if (target === null) return false;
  if (target.matches(WRITES)) return combo !== "F1";
  if (target.matches("input[type=range]")) return MOVED_BY_KEYS.includes(combo);
  if (target.matches("button, a, summary, input")) return PRESSED_BY_KEYS.includes(combo);
  return false;
}

function closesMenu(combo: string): boolean {
  return combo === "Escape" && document.querySelector(":popover-open") !== null;
}

/** What the keys are about; null: a dialog has them, or questions that are not on the screen yet. */
function modeOf({ suggestions, counts, ledger, rounds, questions, dialogsLoaded }: Workspace): KeyMode | null {
  if (suggestions.isAsked || counts.isOpen || ledger.isOpen || rounds.isOpen) return null;
  if (!questions.isOpen) return "image";
  return dialogsLoaded ? "questions" : null;
}

export function listenToKeys(workspace: Workspace, gestures: { current: Gestures | null }): () => void {
  const stop = new AbortController();
  const on = <K extends keyof WindowEventMap>(name: K, run: (event: WindowEventMap[K]) => void) =>
    window.addEventListener(name, run, { signal: stop.signal });

  function setPanKey(held: boolean): void {
    if (gestures.current !== null) gestures.current.panKey = held;
  }

  function act(): void {
    workspace.effort.act();
    workspace.status.act();
    workspace.regions.endOutline();
  }

  on("keydown", (event) => {
    act();
    const mode = modeOf(workspace);
    if (mode === null) return;
    const combo = comboOf(event);
    const target = event.target instanceof Element ? event.target : null;
    if (belongsToElement(target, combo) || closesMenu(combo)) return;
    if (combo === "Space" && mode === "image") {
      setPanKey(true);
      return event.preventDefault();
    }
    const action = actionFor(combo, workspace.settings.values.keys, mode);
    if (action === null || (event.repeat && ONCE.test(action))) return;
    workspace.editor.releasedAt = event.timeStamp;
    if (ACTIONS[action]?.(workspace) !== false) event.preventDefault();
  });
  on("change", ({ target }) => {
    if (target instanceof HTMLSelectElement && target.closest("dialog") === null) target.blur(); // its keys act again
  });
  on("keyup", (event) => {
    if (event.key === " ") setPanKey(false);
    if (event.key === "Shift") workspace.bench.session.released();
  });
  on("blur", () => {
    setPanKey(false);
    workspace.bench.session.released();
  });
  window.addEventListener("pointerdown", act, { signal: stop.signal, capture: true }); // before what it does
  on("pointermove", () => workspace.effort.act());
  on("wheel", () => workspace.effort.act());
  return () => stop.abort();
}
