/** The REST contract, as `fewclicks/server/schemas.py` writes it. Coordinates are image pixels. */

export type Point = [number, number];
export type Box = [number, number, number, number];

export interface BoxShape {
  type: "box";
  xyxy: Box;
}

/** Turned about its centre by `angle` radians, clockwise on the screen. */
export interface OrientedBoxShape {
  type: "oriented_box";
  cx: number;
  cy: number;
  w: number;
  h: number;
  angle: number;
}

export interface PolygonsShape {
  type: "polygons";
  rings: number[][];
}

/** COCO compressed run lengths, column-major, of the whole image; `xyxy` is the tight box. */
export interface MaskShape {
  type: "mask";
  size: [number, number];
  counts: string;
  xyxy: Box;
}

export type Shape = BoxShape | OrientedBoxShape | PolygonsShape | MaskShape;

export interface ClickPrompt {
  type: "click";
  x: number;
  y: number;
  adds: boolean;
  round?: number;
}

export interface BoxPrompt {
  type: "box";
  xyxy: Box;
}

export interface ExtremePointsPrompt {
  type: "extreme_points";
  points: Point[];
}

/** A stroke over pixels that belong to a region. */
export interface ScribblePrompt {
  type: "scribble";
  points: Point[];
  round?: number;
}

export type Prompt = ClickPrompt | BoxPrompt | ExtremePointsPrompt | ScribblePrompt;

/** The methods that answer prompts. */
export type Method = "segment" | "regions" | "detect";

export interface Provenance {
  person: string;
  method: string;
  weights: string;
  round: number;
  predicted_quality: number | null;
}

export type AnnotationState = "proposed" | "accepted" | "deleted";

export interface Annotation {
  id: string;
  image_id: number;
  class_id: number;
  state: AnnotationState;
  shape: Shape | null;
  base: Shape | null;
  crowd: boolean;
  prompts: Prompt[];
  provenance: Provenance;
}

/** A click on an object that says its class. */
export interface ClassClick {
  x: number;
  y: number;
  class_id: number;
}

/** cx, cy, w, h and the angle. */
export type BoxRow = [number, number, number, number, number];

/** What was clicked in an image to have objects found, and the boxes that are proposed, best score first. */
export interface Proposals {
  image_id: number;
  clicks: ClassClick[];
  boxes: BoxRow[];
  scores: number[];
  class_ids: number[];
  oriented: boolean;
  weights: string;
  /** All of a large image has answered. */
  whole: boolean;
}

/** What becomes of proposals. */
export type TakeKind = "accept" | "delete";

export type EditKind =
  | "accept"
  | "class"
  | "delete"
  | "box"
  | "polygon"
  | "paint"
  | "move"
  | "reopen"
  | "split"
  | "merge";

export interface LabelClass {
  id: number;
  name: string;
  color: string;
  policy: string;
}

export interface UndoState {
  undo: string | null;
  redo: string | null;
  /** The ids of the changes that these would take back or bring back. */
  undo_of: string | null;
  redo_of: string | null;
}

export type ImageStatus = "todo" | "done";

export interface ImageSummary {
  id: number;
  file_name: string;
  width: number;
  height: number;
  status: ImageStatus;
  annotations: number;
  proposed: number;
  clicks: number;
  seconds: number;
  worst_quality: number | null;
  /** Shown by tiles. */
  large: boolean;
  /** Answers class clicks part by part. */
  in_parts: boolean;
  problem: string | null;
}

/** How much of a large image has answered its class clicks, 0 to 1; `change` is there from time to time. */
export interface RestAnswer {
  progress: number;
  change: ChangeAnswer | null;
}

/** The deep zoom tiles of a large image; they can be had once `progress` is 1. */
export interface Tiles {
  progress: number;
  width: number;
  height: number;
  tile_size: number;
  coarsest: number;
  finest: number;
  version: string;
}

export interface ImageDetail {
  image: ImageSummary;
  annotations: Annotation[];
  proposals: Proposals;
  history: UndoState;
}

/** All that a change touched, as it is now. */
export interface ChangeAnswer {
  kind: string;
  /** Null for a change of the classes alone. */
  image: ImageSummary | null;
  /** The one that the change is about comes first. */
  annotations: Annotation[];
  /** The ids of those whose creation was undone. */
  removed: string[];
  /** The whole list; null if the change left it alone. */
  classes: LabelClass[] | null;
  /** Those of the image; null if the change left them alone. */
  proposals: Proposals | null;
  history: UndoState;
  saved_at: string;
  model_ms: number | null;
  error: string | null;
}

export interface ProjectAnswer {
  id: string;
  name: string;
  classes: LabelClass[];
  methods: { name: string; weights: string }[];
  hint: boolean;
  version: string;
}
