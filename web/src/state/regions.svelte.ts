/** The current image as a partition: its colours and how far it has come. */

import type { Annotation } from "../api/types";
import { coloured } from "../render/colouring";
import { hasPixels, isRegion, RegionMap } from "../render/region-map";
import type { Classes } from "./classes.svelte";
import type { Images } from "./images.svelte";
import type { Objects } from "./objects.svelte";
import { PALETTE } from "./palette";

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
  /** What was chosen last, by region. */
  private kept = new Map<string, string>();

  constructor(private readonly parts: RegionsParts) {}

  /** The class's colour where no neighbour has it. */
  colorOf = ({ id, class_id }: Annotation): string => this.colors.get(id) ?? this.parts.classes.colorOf(class_id);

  private choose(): Map<string, string> {
    const { classes } = this.parts;
    const wishes = this.shown.filter(hasPixels).map(({ id, class_id }) => {
      return { id, own: classes.colorOf(class_id), kept: this.kept.get(id) ?? null };
    });
    this.kept = coloured(wishes, this.map.neighbours, PALETTE);
    return this.kept;
  }
}
