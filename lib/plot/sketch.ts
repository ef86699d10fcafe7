/**
 * A quick SVG of a figure, in about a millisecond, for live updates: plotly.js takes some hundred, which a running
 * search would feel. It draws the marks of this folder roughly where the final picture has them.
 */

import type { Figure, PlotlyTrace } from "./figure.js";
import { escapeHtml } from "./interactiveHtml.js";

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** SVG text with title, frame, value range and marks of `figure`; bars with category axes are left out. */
export function sketchSvg(figure: Figure): string {
  const { width, height } = figure.layout;
  const frame: Frame = { left: 80, top: 70, width: width - 180, height: height - 130 };
  const x = rangeOf(figure.data.flatMap((trace) => columns(trace)));
  const y = rangeOf(figure.data.flatMap((trace) => rows(trace)));
  const marks = figure.data.map((trace) =>
    trace.type === "heatmap" ? cells(trace, frame) : trace.type === "scatter" ? line(trace, frame, x, y) : "",
  );
  const { left, top } = frame;
  const right = left + frame.width;
  const bottom = top + frame.height;
  const text = (px: number, py: number, anchor: string, content: string) =>
    `<text x="${px}" y="${py}" text-anchor="${anchor}">${escapeHtml(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Arial, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="14" y="36" font-size="16">${escapeHtml(figure.plainTitle)}</text>`,
    ...marks,
    `<rect x="${left}" y="${top}" width="${frame.width}" height="${frame.height}" fill="none" stroke="#888"/>`,
    text(left, bottom + 18, "middle", label(x[0])),
    text(right, bottom + 18, "middle", label(x[1])),
    text(left - 8, bottom, "end", label(y[0])),
    text(left - 8, top + 10, "end", label(y[1])),
    text((left + right) / 2, bottom + 36, "middle", axisTitle(figure.layout.xaxis)),
    `<text transform="translate(24,${(top + bottom) / 2})rotate(-90)" text-anchor="middle">${escapeHtml(axisTitle(figure.layout.yaxis))}</text>`,
    "</svg>",
  ].join("");
}

function cells(trace: PlotlyTrace, frame: Frame): string {
  const all = cellsOf(trace);
  const stride = Math.ceil((all[0]?.length ?? 0) / 60);
  const shown = all.map((row) => row.filter((_, column) => column % stride === 0));
  const width = shown[0]?.length ?? 0;
  const [low, high] = [Number(trace.zmin), Number(trace.zmax)];
  const stops = trace.colorscale as readonly (readonly [number, string])[];
  const [w, h] = [frame.width / Math.max(1, width), frame.height / Math.max(1, shown.length)];
  const boxes = shown.flatMap((row, r) =>
    row.map((value, c) => {
      const color = colorAt(stops, (value - low) / (high - low));
      const place = `x="${(frame.left + c * w).toFixed(1)}" y="${(frame.top + frame.height - (r + 1) * h).toFixed(1)}"`;
      return `<rect ${place} width="${(w + 0.3).toFixed(1)}" height="${(h + 0.3).toFixed(1)}" fill="${color}"/>`;
    }),
  );
  return boxes.join("");
}

function line(trace: PlotlyTrace, frame: Frame, x: Range, y: Range): string {
  const xs = columns(trace);
  const points = numbers(trace.y).map((value, index) => {
    const px = frame.left + (frame.width * ((xs[index] ?? x[0]) - x[0])) / (x[1] - x[0]);
    const py = frame.top + frame.height * (1 - (value - y[0]) / (y[1] - y[0]));
    return `${px.toFixed(1)},${py.toFixed(1)}`;
  });
  const { color = "#000", width = 1 } = trace.line as { color?: string; width?: number };
  return `<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="${width}" opacity="${trace.opacity ?? 1}"/>`;
}

type Range = readonly [number, number];

function rangeOf(values: readonly number[]): Range {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (low > high) return [0, 1];
  return low === high ? [low, low + 1] : [low, high];
}

function numbers(values: unknown): number[] {
  return Array.isArray(values) ? values.filter((value): value is number => Number.isFinite(value)) : [];
}

/** Horizontal positions: `x`, or evenly spaced ones from `x0` on. */
function columns(trace: PlotlyTrace): number[] {
  if (trace.x !== undefined) return numbers(trace.x);
  const count = (trace.type === "heatmap" ? cellsOf(trace)[0] : numbers(trace.y))?.length ?? 0;
  return Array.from({ length: count }, (_, index) => Number(trace.x0 ?? 0) + index * Number(trace.dx ?? 1));
}

/** Vertical positions: `y`, or the rows of a heat map from 0 on. */
function rows(trace: PlotlyTrace): number[] {
  return trace.type === "heatmap" ? cellsOf(trace).map((_, row) => row) : numbers(trace.y);
}

function cellsOf(trace: PlotlyTrace): readonly (readonly number[])[] {
  return trace.z as readonly (readonly number[])[];
}

function label(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

function axisTitle(axis: unknown): string {
  return (axis as { title?: { text?: string } } | undefined)?.title?.text ?? "";
}

/** Colour at `at` in 0..1 between hexadecimal stops. */
function colorAt(stops: readonly (readonly [number, string])[], at: number): string {
  const upper = Math.max(
    1,
    stops.findIndex(([stop]) => stop >= at),
  );
  const [from, to] = [stops[upper - 1], stops[upper]];
  if (!from || !to) return "#000000";
  const share = Math.min(1, Math.max(0, (at - from[0]) / (to[0] - from[0])));
  const mixed = [1, 3, 5].map((offset) => {
    const [a, b] = [from, to].map(([, color]) => Number.parseInt(color.slice(offset, offset + 2), 16));
    return Math.round((a ?? 0) + share * ((b ?? 0) - (a ?? 0)));
  });
  return `rgb(${mixed.join(",")})`;
}
