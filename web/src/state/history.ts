/** The words for what undo and redo did. */

const WORDS: Record<string, string> = {
  prompt: "prompt",
  click: "click",
  unclick: "removal of a click",
  find: "search",
  box: "box",
  extreme_points: "extreme points",
  scribble: "scribble",
  accept: "acceptance",
  class: "change of class",
  delete: "deletion",
  polygon: "polygon",
  paint: "painting",
  move: "move",
  reopen: "reopening",
  split: "split",
  merge: "merge",
  done: "marking as done",
  todo: "marking as to do",
  classes: "change of the classes",
};

export const wordFor = (kind: string): string => WORDS[kind] ?? kind;
