/** The current image as a partition: its colours and how far it has come. */

import type { Annotation, ChangeAnswer } from "../api/types";
import { coloured } from "../render/colouring";
import { hasPixels, isRegion, RegionMap } from "../render/region-map";
import type { Classes } from "./classes.svelte";
import type { Images } from "./images.svelte";
import type { Objects } from "./objects.svelte";
import { PALETTE } from "./palette";

const NONE: ReadonlySet<string> = new Set();
/** How long the regions are outlined that an answer about another one changed. */
const OUTLINED_MS = 2000;

export interface RegionsParts {
  images: Images;
  objects: Objects;
  classes: Classes;
}

export class Regions {
  readonly shown: readonly Annotation[] = $derived.by(() => this.parts.objects.shown.filter(isRegion));
  readonly map = $derived.by(() => {
    const image = this.parts.images.current;
    return new RegionMap(this.shown, image === null ? [0, 0] : [image.width, image.height]);
  });
  readonly open = $derived.by(() => this.shown.filter(({ state }) => state === "proposed").length);
  private readonly colors = $derived.by(() => this.choose());
  private outlinedIds = $state.raw(NONE);
  /** Those that the last answer changed although it was about another one, until the next action. */
  readonly outlined: readonly Annotation[] = $derived.by(() => this.shown.filter(({ id }) => this.outlinedIds.has(id)));
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What was chosen last, by region. */
  private kept = new Map<string, string>();

  constructor(private readonly parts: RegionsParts) {}

  /** The class's colour where no neighbour has it. */
  colorOf = ({ id, class_id }: Annotation): string => this.colors.get(id) ?? this.parts.classes.colorOf(class_id);

  /** Outlines the regions that an answer changed beside the one that it was asked about. */
  noteAnswer({ model_ms, annotations }: ChangeAnswer): void {
    this.endOutline();
    const [, ...others] = model_ms === null ? [] : annotations;
    if (others.length === 0) return;
    this.outlinedIds = new Set(others.map(({ id }) => id));
    this.timer = setTimeout(() => this.endOutline(), OUTLINED_MS);
  }

  endOutline(): void {
    clearTimeout(this.timer);
    this.outlinedIds = NONE;
  }

  private choose(): Map<string, string> {
    const { classes } = this.parts;
    const wishes = this.shown.filter(hasPixels).map(({ id, class_id }) => {
      return { id, own: classes.colorOf(class_id), kept: this.kept.get(id) ?? null };
    });
    this.kept = coloured(wishes, this.map.neighbours, PALETTE);
    return this.kept;
  }
}
