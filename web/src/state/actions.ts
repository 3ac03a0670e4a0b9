/** What each action of the key table does. */

import { TOOLS } from "../tools";
import type { Workspace } from "./workspace.svelte";

/** False: there was nothing to do, and the key is left to the browser. */
type Run = (workspace: Workspace) => void | false;

const PAN_PIXELS = 80;
const LARGEST_BRUSH = 400;

export function resizeBrush(workspace: Workspace, factor: number): void {
  const { brushRadius } = workspace.settings.values;
  const next = factor > 1 ? Math.max(brushRadius + 1, brushRadius * factor) : Math.min(brushRadius - 1, brushRadius * factor);
  workspace.settings.set("brushRadius", Math.round(Math.min(LARGEST_BRUSH, Math.max(1, next))));
  workspace.bench.changed();
}

const DIRECTIONS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;

function directed(): Record<string, Run> {
  const runs: Record<string, Run> = {};
  for (const [name, [dx, dy]] of Object.entries(DIRECTIONS)) {
    runs[`pan.${name}`] = (w) => w.viewport?.panBy(dx * PAN_PIXELS, dy * PAN_PIXELS);
    runs[`cursor.${name}`] = (w) => w.cursor.move(dx, dy, false);
    runs[`cursor.fine.${name}`] = (w) => w.cursor.move(dx, dy, true);
  }
  return runs;
}

function ofTools(): Record<string, Run> {
  const runs: Record<string, Run> = {};
  for (const { id, actions = [] } of TOOLS) {
    runs[`tool.${id}`] = (w) => w.bench.take(id);
    for (const action of actions) runs[action.id] = (w) => action.run(w.bench);
  }
  return runs;
}

function ofClasses(): Record<string, Run> {
  const runs: Record<string, Run> = {};
  for (let i = 0; i < 9; i++) {
    runs[`class.${i + 1}`] = (w) => {
      const chosen = w.classes.shown[i];
      if (chosen === undefined) return;
      if (w.questions.isOpen) w.questions.chooseClass(chosen.id);
      else w.chooseClass(chosen.id);
    };
  }
  return runs;
}

const SIDES = { narrower: [-1, 0], wider: [1, 0], lower: [0, -1], higher: [0, 1] } as const;

function ofQuestions(): Record<string, Run> {
  const runs: Record<string, Run> = {
    questions: (w) => void w.questions.show(),
    "question.accept": (w) => w.questions.accept(),
    "question.delete": (w) => w.questions.reject(),
    "question.missing": (w) => w.questions.draft.toggleAdding(),
    "question.skip": (w) => w.questions.skip(),
    "question.undo": (w) => void w.questions.undo(),
    "question.ledger": (w) => void w.ledger.show(),
    "question.rounds": (w) => void w.rounds.show(),
    "question.back": (w) => w.questions.back(),
  };
  for (const [name, [dx, dy]] of Object.entries(DIRECTIONS)) runs[`question.${name}`] = (w) => w.questions.draft.move([dx, dy]);
  for (const [name, [dx, dy]] of Object.entries(SIDES)) runs[`question.${name}`] = (w) => w.questions.draft.resize([dx, dy]);
  return runs;
}

export const ACTIONS: Readonly<Record<string, Run>> = {
  ...directed(),
  ...ofTools(),
  ...ofClasses(),
  ...ofQuestions(),
  forward: (w) => w.bench.forward(),
  "accept-all": (w) => w.bench.acceptAll(),
  back: (w) => {
    if (w.helpOpen) w.helpOpen = false;
    else if (!w.cursor.drop()) w.bench.back();
  },
  undo: (w) => w.bench.undo(),
  redo: (w) => w.bench.redo(),
  "another-mask": (w) => (w.bench.another() ? undefined : false),
  delete: (w) => w.bench.deleteSelected(),
  remove: (w) => w.bench.remove(),
  "next-object": (w) => w.bench.selectNeighbour(1),
  "previous-object": (w) => w.bench.selectNeighbour(-1),
  "brush.smaller": (w) => resizeBrush(w, 0.8),
  "brush.larger": (w) => resizeBrush(w, 1.25),
  "image.next": (w) => w.navigation.step(1),
  "image.previous": (w) => w.navigation.step(-1),
  "image.done": (w) => w.navigation.finish(),
  "image.accept": (w) => w.navigation.acceptAndFinish(),
  counts: (w) => void w.counts.show(),
  hide: (w) => void (w.objects.allHidden = !w.objects.allHidden),
  "zoom.in": (w) => w.viewport?.zoomBy(1.5),
  "zoom.out": (w) => w.viewport?.zoomBy(1 / 1.5),
  "zoom.fit": (w) => w.viewport?.fit(),
  "cursor.click": (w) => w.cursor.click("left"),
  "cursor.click.right": (w) => w.cursor.click("right"),
  "cursor.click.shift": (w) => w.cursor.click("left", true),
  "cursor.drag": (w) => w.cursor.drag(),
  "cursor.drag.shift": (w) => w.cursor.drag(true),
  help: (w) => void (w.helpOpen = !w.helpOpen),
};
