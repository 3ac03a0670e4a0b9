/** Colours for regions such that no two neighbours look alike. */

import { alike, colourDifference, labOf } from "./colour-difference";
import type { RegionMap } from "./region-map";

type Neighbours = RegionMap["neighbours"];

export interface Wish {
  id: string;
  /** The colour of its class, which it gets where no neighbour has one like it. */
  own: string;
  /** What it has now, if anything: a colour does not change without need. */
  kept: string | null;
}

/** A colour for every region: those that have that of their class stay with it, the others choose after them. */
export function coloured(wishes: readonly Wish[], neighbours: Neighbours, palette: readonly string[]): Map<string, string> {
  const rank = ({ own, kept }: Wish) => (kept === own ? 0 : kept !== null ? 1 : 2);
  const chosen = choose(wishes.toSorted((a, b) => rank(a) - rank(b)), neighbours, palette);
  if (chosen.size === wishes.length) return chosen;
  const again = choose(smallestLast(wishes, neighbours), neighbours, palette);
  for (const { id } of wishes) if (!again.has(id)) again.set(id, leastAlike(palette, taken(id, neighbours, again)));
  return again;
}

/** One after the other; whoever finds no colour is left out. */
function choose(wishes: readonly Wish[], neighbours: Neighbours, palette: readonly string[]): Map<string, string> {
  const chosen = new Map<string, string>();
  for (const { id, own, kept } of wishes) {
    const around = taken(id, neighbours, chosen);
    const color = [own, kept ?? own, ...palette].find((each) => !around.some((other) => alike(each, other)));
    if (color !== undefined) chosen.set(id, color);
  }
  return chosen;
}

/** The colours that the neighbours have so far. */
function taken(id: string, neighbours: Neighbours, chosen: Map<string, string>): string[] {
  return [...(neighbours.get(id) ?? [])].flatMap((other) => chosen.get(other) ?? []);
}

/** Of colours that are all like one of `others`, the one that is least so. */
function leastAlike(palette: readonly string[], others: readonly string[]): string {
  const difference = (color: string) => Math.min(...others.map((other) => colourDifference(labOf(color), labOf(other))));
  return palette.reduce((a, b) => (difference(b) > difference(a) ? b : a));
}

/** Such that, of regions in a plane, none has more than five neighbours before it. */
function smallestLast(wishes: readonly Wish[], neighbours: Neighbours): Wish[] {
  const degrees = new Map(wishes.map((wish) => [wish, neighbours.get(wish.id)?.size ?? 0]));
  const byId = new Map(wishes.map((wish) => [wish.id, wish]));
  const order: Wish[] = [];
  while (degrees.size > 0) {
    const [least] = [...degrees].reduce((a, b) => (b[1] <= a[1] ? b : a));
    degrees.delete(least);
    order.unshift(least);
    for (const other of neighbours.get(least.id) ?? []) {
      const wish = byId.get(other);
      const degree = wish && degrees.get(wish);
      if (wish !== undefined && degree !== undefined) degrees.set(wish, degree - 1);
    }
  }
  return order;
}
