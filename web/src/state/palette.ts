/** Colours that the colour-blind can tell apart: Okabe and Ito's first, then more. */

export const PALETTE = [
  "#e69f00",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#0072b2",
  "#d55e00",
  "#cc79a7",
  "#88ccee",
  "#ddcc77",
  "#aa4499",
  "#44aa99",
  "#999933",
  "#882255",
  "#bbbbbb",
] as const;

/** The first colour that is not used yet; then around again. */
export function nextColor(used: readonly string[]): string {
  const taken = new Set(used.map((color) => color.toLowerCase()));
  return PALETTE.find((color) => !taken.has(color)) ?? PALETTE[used.length % PALETTE.length]!;
}
