/** A curve as an SVG path, with axes that can be read. */

export interface Tick {
  at: number;
  label: string;
}

export interface Plot {
  path: string;
  dots: [x: number, y: number][];
  xTicks: Tick[];
  yTicks: Tick[];
}

/** Round numbers from 0 up to `most` or just below it, about `count` of them. */
export function roundSteps(most: number, count: number): number[] {
  if (!(most > 0)) return [0];
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
}

const short = (value: number) => String(Number(value.toPrecision(3)));

/** The curve in an area of `width` times `height`, both axes from 0, y upwards. Needs no point to be finite. */
export function plotCurve(points: [number, number][], width: number, height: number): Plot {
  const valid = points.filter(([, value]) => Number.isFinite(value));
  const lastStep = Math.max(1, ...valid.map(([step]) => step));
  const highest = Math.max(1e-9, ...valid.map(([, value]) => value));
  const x = (step: number) => (step / lastStep) * width;
  const y = (value: number) => height - (value / highest) * height;
  const dots = valid.map(([step, value]): [number, number] => [x(step), y(value)]);
  const path = dots.map(([left, top], index) => `${index === 0 ? "M" : "L"}${left.toFixed(1)} ${top.toFixed(1)}`);
  return {
    path: path.join(""),
    dots,
    xTicks: roundSteps(lastStep, 4)
      .filter(Number.isInteger)
      .map((step) => ({ at: x(step), label: short(step) })),
    yTicks: roundSteps(highest, 4).map((value) => ({ at: y(value), label: short(value) })),
  };
}
