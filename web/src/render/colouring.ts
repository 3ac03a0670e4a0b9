/** Colours for regions such that no two neighbours have the same. */

import type { RegionMap } from "./region-map";

type Neighbours = RegionMap["neighbours"];

export interface Wish {
  id: string;
  /** The colour of its class, which it gets where no neighbour has it. */
  own: string;
  /** What it has now, if anything: a colour does not change without need. */
  kept: string | null;
}

/** A colour for every region: those that have that of their class stay with it, the others choose after them. */
export function coloured(wishes: readonly Wish[], neighbours: Neighbours, palette: readonly string[]): Map<string, string> {
  const rank = ({ own, kept }: Wish) => (kept === own ? 0 : kept !== null ? 1 : 2);
  const chosen = choose(wishes.toSorted((a, b) => rank(a) - rank(b)), neighbours, palette);
  if (chosen.size === wishes.length) return chosen;
  return choose(smallestLast(wishes, neighbours), neighbours, palette);
}

/** One after the other; whoever finds no colour is left out. */
function choose(wishes: readonly Wish[], neighbours: Neighbours, palette: readonly string[]): Map<string, string> {
  const chosen = new Map<string, string>();
  for (const { id, own, kept } of wishes) {
    const taken = new Set([...(neighbours.get(id) ?? [])].map((other) => chosen.get(other)));
    const color = [own, kept ?? own, ...palette].find((each) => !taken.has(each));
    if (color !== undefined) chosen.set(id, color);
  }
  return chosen;
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
