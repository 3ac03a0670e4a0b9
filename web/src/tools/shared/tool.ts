/** What a tool is. */

import type { Component } from "svelte";
import type { ClassClick, MethodInfo, Point, Prompt } from "../../api/types";
import type { Pointer } from "../../render/pointer";
import type { Sketch } from "../../render/scene";
import type { Desk } from "./desk";

export type Phase = "idle" | "prompting" | "answered" | "accepted";

/** What a person has begun with a tool and not given to the server yet; it outlives the page. */
export interface Begun {
  points?: Point[];
  prompts?: Prompt[];
  clicks?: ClassClick[];
  /** The object that the prompts are for; absent: a new one. */
  annotationId?: string;
}

export interface ToolSession extends Sketch {
  phase(): Phase;
  /** What left, right and Enter would do now. */
  hint(): string;
  cursor(at: Point | null): string;
  down(pointer: Pointer): void;
  move(pointer: Pointer): void;
  up(pointer: Pointer): void;
  doubleClick(pointer: Pointer): void;
  /** The pointer was taken away (a second finger, a lost window): the gesture did not happen. */
  cancel(): void;
  /** Shift was released. */
  released(): void;
  /** Enter; false when there is nothing to do for this tool. */
  forward(): boolean;
  /** Escape; false likewise. */
  back(): boolean;
  /** Tab; false likewise. */
  another(): boolean;
  /** Backspace; false likewise. */
  remove(): boolean;
  /** Delete; false likewise. */
  discard(): boolean;
  /** Makes one of the two objects that are selected; false likewise. */
  merge(): boolean;
  /** Undo of what has not been given to the server yet; false likewise. */
  undo(): boolean;
  redo(): boolean;
  begun(): Begun | null;
  /** Goes on where `begun` left off. */
  resume(begun: Begun): void;
}

/** Something that only one tool does, at a key. */
export interface ToolAction {
  id: string;
  /** Its line in the list of keys. */
  label: string;
  keys: readonly string[];
  /** The task without a model of which it does nothing. */
  task?: MethodInfo["task"];
  run(desk: Desk): void;
}

export interface Tool {
  id: string;
  label: string;
  /** One sentence, for the tooltip. */
  about: string;
  /** A path on a grid of 20, as `ui/icons.ts` has them. */
  icon: string;
  /** Its line in the list of keys, and the keys that take it. */
  keyLabel: string;
  keys: readonly string[];
  actions?: readonly ToolAction[];
  /** For the help: what the mouse does, and how. */
  gestures?: readonly (readonly [how: string, what: string])[];
  /** Said where the image has no objects. */
  whenEmpty?: string;
  /** The model that answers its prompts, and that it cannot do without. */
  method?: string;
  /** It makes objects and changes none: a class key is about the next one, not about the selected one. */
  makesOnly?: true;
  /** It has a brush of some size. */
  hasBrush?: true;
  /** The selected object has handles. */
  hasHandles?: true;
  /** The image as a partition (neighbours differ in colour, free pixels are hatched), or with suggested boxes or points in reach. */
  shows?: "partition" | "proposals" | "points";
  /** Shown between classes and objects. */
  panel?: Component<{ desk: Desk }>;
  start(desk: Desk): ToolSession;
}
