/** What there is to draw over the image. */

import type { Annotation, Box, Point, Prompt, Shape } from "../api/types";
import type { Arrow, ArrowIndex } from "./arrows";
import type { Bitmap } from "./bitmap";
import type { View } from "./coordinates";
import type { Pen } from "./pen";
import type { RegionMap } from "./region-map";
import type { SpatialIndex } from "./spatial";

/** What is drawn instead of the annotation `id` (null: beside all) while a tool is changing it. */
export interface Draft {
  id: string | null;
  shape: Shape | null;
  bitmap: Bitmap | null;
  /** The part of the bitmap that may have changed since it was first given. */
  touched: Box | null;
}

/** What a tool draws while it is used. */
export interface Sketch {
  draft(): Draft | null;
  /** Selected beside the selected object. */
  second(): Annotation | null;
  draw(pen: Pen): void;
}

export interface Held {
  prompts?: readonly Prompt[];
  shapes?: readonly Shape[];
  classClicks?: readonly { at: Point; color: string }[];
}

export interface Scene {
  view: View;
  index: SpatialIndex;
  /** Boxes that are proposed and are no objects yet. */
  proposals: SpatialIndex;
  /** Points that are suggested, and no objects yet. */
  suggestedPoints: SpatialIndex;
  /** Suggested moves of points, and the one under the pointer. */
  arrows: ArrowIndex;
  hoveredArrow: Arrow | null;
  /** Objects that have prompts but no answer yet. */
  unanswered: readonly Annotation[];
  selected: Annotation | null;
  /** Its handles can be held. */
  canPull: boolean;
  hovered: Annotation | null;
  hidden: ReadonlySet<string>;
  /** Without an image there is no place to draw at. */
  isOpen: boolean;
  allHidden: boolean;
  fillStrength: number;
  colorOf(annotation: Annotation): string;
  /** Another one when colours may have changed. */
  colors: unknown;
  /** The partition to be shown; null outside of its mode. */
  partition: RegionMap | null;
  /** Regions that the last answer changed although it was about another one. */
  outlined: readonly Annotation[];
  /** The colour of what is being made. */
  currentColor: string;
  /** The colour of the class for new objects. */
  newColor: string;
  session: Sketch;
  /** What was drawn and waits for a class, or for a choice. */
  held: readonly Held[];
  cursor: { at: Point; pressed: boolean } | null;
}
