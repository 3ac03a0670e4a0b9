/** What a tool works on: the image before the person, the objects, and the changes that it may make. */

import type { Annotation, ClassClick, EditKind, LabelClass, MethodInfo, Point, Prompt, TakeKind } from "../../api/types";
import type { Arrow } from "../../render/arrows";

/** How an object shall be; `annotationId` null: a new one. */
export interface Wanted {
  annotationId: string | null;
  patch: Partial<Annotation>;
}

/** What waits for the first class of the project. */
export type Waiting =
  | { action: "respond"; prompts: readonly Prompt[] }
  | { action: "edit"; kind: EditKind; wanted: readonly Wanted[] }
  | { action: "class-click"; at: Point };

export interface Desk {
  readonly imageSize: Point;
  readonly classes: readonly LabelClass[];
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
  /** Selects an object on purpose (null: none): a class key then changes its class. */
  select(id: string | null): void;
  /** Selects what was just made: a class key is for the next object. */
  showMade(id: string): void;
  /** Whether an object is not hidden. */
  shows(id: string): boolean;
  /** Gives the model of the tool prompts for an object (null: a new one; a point starts a new one of its class), selects it, and returns its id. */
  respond(annotationId: string | null, prompts: Prompt[]): string | null;
  /** Changes an object (null: makes a new one) without a model, and returns its id. */
  edit(kind: EditKind, annotationId: string | null, patch: Partial<Annotation>): string | null;
  /** Changes objects of the image at once; their ids. */
  editTogether(kind: EditKind, wanted: readonly Wanted[]): string[] | null;
  /** Asks for the first class; what waits is done once it is there, and stays in the image until then. */
  hold(waiting: Waiting): null;
  /** Deletes an object, and tells how to undo that. */
  discard(id: string): void;
  /** Accepts every suggestion that is shown. */
  acceptAll(): void;
  /** Joins the two selected objects. */
  merge(): void;
  readonly detection: DetectionDesk;
  readonly points: PointsDesk;
  colorOfClass(id: number): string;
  /** As it is drawn now. */
  colorOf(annotation: Annotation): string;
  /** Whether prompts of this object have no answer yet. */
  waiting(id: string): boolean;
  /** Whether Escape takes back prompts: they are the latest change of the image. */
  takesBackPrompts(): boolean;
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
  /** Accepts the proposals of a class, by default the one for new objects. */
  acceptClass(classId?: number): void;
  /** Finds objects without a click in this image. */
  find(): void;
  /** The number of proposals, hidden ones included. */
  readonly count: number;
  /** The maximum number of proposals of an image, and whether they are as many. */
  readonly most: number;
  readonly isFull: boolean;
  /** Proposals with a lower score are not shown. */
  leastScore: number;
  /** Whether it is known which proposals save time, and whether only these are shown. */
  readonly knowsLimits: boolean;
  onlyWorthwhile: boolean;
  /** Whether clicks in other images count. */
  readonly usesExamples: boolean;
  useExamples(wanted: boolean): void;
  /** How much of a large image has answered, 0 to 1; null: nothing is on its way. */
  readonly progress: number | null;
}

/** Points and moves of points that models suggest. */
export interface PointsDesk {
  /** The installed models of points. */
  readonly models: readonly MethodInfo[];
  /** The suggested moves of points that are still where they were. */
  readonly moves: readonly Arrow[];
  /** The suggested points that are shown. */
  readonly suggested: readonly Annotation[];
  /** The number of suggested points, hidden ones included. */
  readonly count: number;
  /** The one under the pointer. */
  readonly hoveredMove: Arrow | null;
  readonly hovered: Annotation | null;
  /** A model has not answered yet. */
  readonly waiting: boolean;
  /** How much of a large image has answered, 0 to 1; null: nothing is on its way. */
  readonly progress: number | null;
  /** Suggested points with a lower confidence are not shown. */
  leastScore: number;
  moveAt(place: Point): Arrow | null;
  at(place: Point): Annotation | null;
  /** Asks one of the models about the points of the image. */
  ask(number: number): void;
  /** Accepts or rejects suggestions as one change. */
  take(kind: TakeKind, moves: readonly Arrow[], points: readonly Annotation[]): void;
  takeAll(kind: TakeKind): void;
  /** Accepts the suggested points of a class, by default the one for new objects. */
  acceptClass(classId?: number): void;
  /** The models that outline an object from a click; the one that outlines from a point, "" without any. */
  readonly outliners: readonly MethodInfo[];
  outliner: string;
  /** Outlines the object at the selected point, as a new object of its class. */
  outline(): void;
  /** Whether a model finds boxes from a class click. */
  readonly findsBoxes: boolean;
  /** Suggests boxes around the object at the selected point, and around others like it. */
  findBoxes(): void;
  /** The suggestion under the pointer, or the move of the selected point; then selects the next point that has one. */
  takeOne(kind: TakeKind): void;
}

/** "1 move", "2 moves". */
export const counted = (count: number, what: string): string => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
