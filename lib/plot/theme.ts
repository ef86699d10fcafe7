/** The look that all figures share: one font, light grid, colours that colour-blind readers can tell apart. */

import type { PlotlyLayout } from "./figure.js";

/**
 * Categorical colours, most used first.
 * @source Okabe & Ito 2008, Color Universal Design
 */
export const palette = { blue: "#0072B2", orange: "#D55E00", green: "#009E73", grey: "#999999" } as const;

/** Colours of series that are told apart by name, in the order in which they are given out; the same source. */
export const categoryColors = [palette.blue, palette.orange, palette.green, "#CC79A7", "#E69F00", "#56B4E9"] as const;

/** Blue below, white at, orange above the middle: for values that start at a neutral point. */
export const divergingScale: readonly (readonly [number, string])[] = [
  [0, "#053061"],
  [0.25, "#4393C3"],
  [0.5, "#F7F7F7"],
  [0.75, "#E08214"],
  [1, "#7F3B08"],
];

/** What every mark accepts. */
export interface FigureOptions {
  /** Heading; each mark has one of its own. */
  readonly title?: string;
  /** Says "synthetic data" under the title: set it from `TaskData.isSynthetic`. */
  readonly isSynthetic?: boolean;
  /** CSS pixels, 700 unless told. */
  readonly width?: number;
  /** CSS pixels, 340 unless told. */
  readonly height?: number;
}

/** A layout with the shared look; `axes` and other attributes are added by the mark. */
export function themedLayout(
  options: FigureOptions & { readonly title: string },
  attributes: Readonly<Record<string, unknown>>,
): PlotlyLayout {
  const { title, isSynthetic = false, width = 700, height = 340 } = options;
  return {
    title: { text: isSynthetic ? `${title}<br><sub>synthetic data</sub>` : title, x: 0.02, xanchor: "left" },
    width,
    height,
    font: { family: "Arial, Helvetica, Liberation Sans, DejaVu Sans, sans-serif", size: 13, color: "#222222" },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    margin: { l: 80, r: 30, t: 70, b: 60 },
    ...attributes,
  };
}

/** An axis with a readable title, a light grid and outside ticks. */
export function axis(title: string, attributes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    title: { text: title },
    tickfont: { size: 11 },
    gridcolor: "#e6e6e6",
    linecolor: "#888888",
    showline: true,
    zeroline: false,
    ticks: "outside",
    ...attributes,
  };
}

/** Where values stand on a horizontal axis of steps: 1, 2, ... unless told, for which two numbers do. */
export function stepPositions(steps?: readonly number[]): Readonly<Record<string, unknown>> {
  return steps === undefined ? { x0: 1, dx: 1 } : { x: [...steps] };
}

/** Values with five significant digits, which no plot can tell from the full ones and which keep notebooks small. */
export function rounded(values: readonly number[]): number[] {
  return values.map((value) => (Number.isFinite(value) ? Number(value.toPrecision(5)) : value));
}
