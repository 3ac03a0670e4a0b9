/** How different two colours look: CIEDE2000 (Sharma, Wu and Dalal 2005, equations 2 to 22). */

export type Lab = readonly [lightness: number, a: number, b: number];

/** Two colours below this are hard to tell apart where they lie over a photo, as light blue and sky blue are. */
const ALIKE = 13;
const DEGREE = Math.PI / 180;
const known = new Map<string, number>();

/** Whether a person could take one `#rrggbb` for the other. */
export function alike(one: string, other: string): boolean {
  const pair = one < other ? `${one} ${other}` : `${other} ${one}`;
  if (!known.has(pair)) known.set(pair, colourDifference(labOf(one), labOf(other)));
  return known.get(pair)! < ALIKE;
}

/** CIELAB of an sRGB colour, white being that of daylight (D65). */
export function labOf(color: string): Lab {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const root = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** 0 for the same colour, about 1 for what can just be seen, 100 from black to white. */
export function colourDifference([L1, a1, b1]: Lab, [L2, a2, b2]: Lab): number {
  const strong = (chroma: number) => Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7));
  const G = 0.5 * (1 - strong((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2));
  const [p1, p2] = [(1 + G) * a1, (1 + G) * a2];
  const [C1, C2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const [h1, h2] = [Math.atan2(b1, p1) / DEGREE, Math.atan2(b2, p2) / DEGREE].map((h) => (h + 360) % 360) as [number, number];
  const isGray = C1 * C2 === 0;
  const around = Math.abs(h2 - h1) > 180 && !isGray;
  const turn = isGray ? 0 : h2 - h1 - (around ? 360 * Math.sign(h2 - h1) : 0);
  const hue = isGray ? h1 + h2 : (h1 + h2) / 2 + (around ? (h1 + h2 < 360 ? 180 : -180) : 0);

  const [L, C] = [(L1 + L2) / 2, (C1 + C2) / 2];
  const cos = (degrees: number) => Math.cos(degrees * DEGREE);
  const T = 1 - 0.17 * cos(hue - 30) + 0.24 * cos(2 * hue) + 0.32 * cos(3 * hue + 6) - 0.2 * cos(4 * hue - 63);
  const inLightness = (L2 - L1) / (1 + (0.015 * (L - 50) ** 2) / Math.sqrt(20 + (L - 50) ** 2));
  const inChroma = (C2 - C1) / (1 + 0.045 * C);
  const inHue = (2 * Math.sqrt(C1 * C2) * Math.sin((turn / 2) * DEGREE)) / (1 + 0.015 * C * T);
  const rotation = -2 * strong(C) * Math.sin(60 * Math.exp(-(((hue - 275) / 25) ** 2)) * DEGREE);
  return Math.sqrt(inLightness ** 2 + inChroma ** 2 + inHue ** 2 + rotation * inChroma * inHue);
}
