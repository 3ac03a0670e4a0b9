/** The words for what undo and redo did. */

const WORDS: Record<string, string> = {
  prompt: "prompt",
  click: "click",
  unclick: "removed click",
  find: "search",
  round: "learning round",
  masks: "masks from boxes",
  box: "box",
  point: "point",
  extreme_points: "extreme points",
  scribble: "scribble",
  another_mask: "another mask",
  accept: "accept",
  class: "class change",
  delete: "delete",
  polygon: "polygon",
  paint: "painting",
  move: "move",
  reopen: "reopen",
  split: "split",
  merge: "merge",
  done: "set to done",
  todo: "set to “to do”",
  classes: "class list change",
  missing: "missing object",
  looked: "confirmed area",
  skip: "skipped question",
};

export const wordFor = (kind: string): string => WORDS[kind] ?? kind;
