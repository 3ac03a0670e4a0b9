/** What a tool is, what it may see, and what it may do. */

import type { Annotation, Box, ClassClick, EditKind, Method, Point, Prompt, Shape, TakeKind } from "../api/types";
import type { Bitmap } from "../render/bitmap";
import { clampPoint } from "../render/coordinates";
import type { Pen } from "../render/pen";
import type { Wanted } from "../state/editor.svelte";

export type Phase = "idle" | "prompting" | "answered" | "accepted";

export interface Pointer {
  image: Point;
  screen: Point;
  button: "left" | "right";
  shift: boolean;
  ctrl: boolean;
}

/** What a tool works on: the image before the person, the objects, and the changes that it may make. */
export interface Desk {
  readonly imageSize: Point;
  /** The class for new objects; null while there is none. */
  readonly classId: number | null;
  readonly selected: Annotation | null;
  readonly brushRadius: number;
  /** Screen pixels for one image pixel. */
  readonly scale: number;
  /** The objects of the image, in the order in which they were made. */
  readonly objects: readonly Annotation[];
  find(id: string): Annotation | null;
  /** The smallest object under a point. */
  hit(at: Point): Annotation | null;
  /** Every object under a point, smallest first. */
  hits(at: Point): Annotation[];
  select(id: string | null): void;
  /** Whether an object is not hidden. */
  shows(id: string): boolean;
  /** Gives prompts for an object (null: a new one), selects it, and returns its id. */
  respond(annotationId: string | null, prompts: Prompt[], method?: Method): string | null;
  /** Changes an object (null: makes a new one) without a model, and returns its id. */
  edit(kind: EditKind, annotationId: string | null, patch: Partial<Annotation>): string | null;
  /** Changes objects of the image at once; their ids. */
  editTogether(kind: EditKind, wanted: readonly Wanted[]): string[] | null;
  /** Asks for the first class; `run` follows once it is there, and what was drawn stays in the image until then. */
  hold(drawn: { prompts?: readonly Prompt[]; shapes?: readonly Shape[] }, run: () => void): null;
  /** Deletes an object, and says how it comes back. */
  discard(id: string): void;
  readonly detection: DetectionDesk;
  colorOfClass(id: number): string;
  /** As it is drawn now. */
  colorOf(annotation: Annotation): string;
  /** Whether prompts of this object have no answer yet. */
  waiting(id: string): boolean;
  /** The key of an action, as it is printed; empty when it has none. */
  key(action: string): string;
  say(text: string): void;
  /** Something to be drawn again. */
  changed(): void;
}

/** Boxes that are proposed for class clicks, and are no objects yet. */
export interface DetectionDesk {
  readonly clicks: readonly ClassClick[];
  /** Those that are shown. */
  readonly proposals: readonly Annotation[];
  /** The one under the pointer. */
  readonly hovered: Annotation | null;
  /** Clicks have no answer yet. */
  readonly waiting: boolean;
  /** The smallest proposal under a point. */
  at(point: Point): Annotation | null;
  /** Gives more clicks, and takes away some that are there. */
  ask(clicks: ClassClick[], removed?: ClassClick[]): void;
  /** Accepts or deletes proposals as one change. */
  take(kind: TakeKind, proposals: readonly Annotation[]): void;
}

/** What a person has begun with a tool and not given to the server yet; it outlives the page. */
export interface Begun {
  points?: Point[];
  prompts?: Prompt[];
  clicks?: ClassClick[];
  /** The object that the prompts are for; absent: a new one. */
  annotationId?: string;
}

/** What is drawn instead of the annotation `id` (null: beside all) while a tool is changing it. */
export interface Draft {
  id: string | null;
  shape: Shape | null;
  bitmap: Bitmap | null;
  /** The part of the bitmap that may have changed since it was first given. */
  touched: Box | null;
}

export interface ToolSession {
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
  /** Backspace; false likewise. */
  remove(): boolean;
  /** Delete; false likewise. */
  discard(): boolean;
  /** Selected beside the selected object. */
  second(): Annotation | null;
  /** Makes one of the two objects that are selected; false likewise. */
  merge(): boolean;
  /** Undo of what has not been given to the server yet; false likewise. */
  undo(): boolean;
  redo(): boolean;
  begun(): Begun | null;
  /** Goes on where `begun` left off. */
  resume(begun: Begun): void;
  draft(): Draft | null;
  draw(pen: Pen): void;
}

export interface Tool {
  id: string;
  label: string;
  /** One sentence, for the tooltip. */
  about: string;
  /** The method that it cannot do without. */
  method?: Method;
  /** It makes objects and changes none: a class key is about the next one, not about the selected one. */
  makesOnly?: true;
  start(desk: Desk): ToolSession;
}

/** Pixels on the screen that a pointer may wander and still click. */
export const CLICK_SLACK = 4;

/** A tool that does nothing: the ground that tools stand on. */
export abstract class Session implements ToolSession {
  constructor(protected readonly desk: Desk) {}

  abstract hint(): string;

  phase(): Phase {
    const { selected } = this.desk;
    if (selected === null) return "idle";
    if (this.desk.waiting(selected.id)) return "prompting";
    return selected.state === "accepted" ? "accepted" : "answered";
  }

  cursor(_at: Point | null): string {
    return "crosshair";
  }

  down(_pointer: Pointer): void {}
  move(_pointer: Pointer): void {}
  up(_pointer: Pointer): void {}
  doubleClick(_pointer: Pointer): void {}
  cancel(): void {}
  released(): void {}

  forward(): boolean {
    return false;
  }

  back(): boolean {
    return false;
  }

  remove(): boolean {
    return false;
  }

  discard(): boolean {
    return false;
  }

  second(): Annotation | null {
    return null;
  }

  merge(): boolean {
    return false;
  }

  undo(): boolean {
    return false;
  }

  redo(): boolean {
    return false;
  }

  begun(): Begun | null {
    return null;
  }

  resume(_begun: Begun): void {}

  draft(): Draft | null {
    return null;
  }

  draw(_pen: Pen): void {}

  /** Where on the image a pointer is, or next to it. */
  protected clamped(pointer: Pointer): Point {
    return clampPoint(pointer.image, ...this.desk.imageSize);
  }
}
