/** Named series over numbers, such as the accuracy of several methods over the size of the training set. */

import { ShapeError } from "../errors.js";
import { Figure } from "./figure.js";
import { axis, categoryColors, type FigureOptions, rounded, themedLayout } from "./theme.js";

/** One line of a line chart. */
export interface LineSeries {
  /** Shown in the legend. */
  readonly name: string;
  /** Positions on the horizontal axis, in the order in which they are joined. */
  readonly x: readonly number[];
  /** One value per position. */
  readonly y: readonly number[];
  /** Standard deviation of each value, drawn as a whisker; NaN, as of a single value, draws none. */
  readonly deviations?: readonly number[];
}

/** What a line chart shows. */
export interface LineChartOptions extends FigureOptions {
  readonly series: readonly LineSeries[];
  /** What `x` is, with its unit: the title of the horizontal axis. */
  readonly xTitle: string;
  /** What `y` is, with its unit: the title of the vertical axis. */
  readonly yTitle: string;
  /** Equal ratios of `x` at equal distances, with a tick at each position; default false. */
  readonly isLogX?: boolean;
  /** Lowest and highest value of the vertical axis; fitted to the series unless told. */
  readonly range?: readonly [number, number];
}

/**
 * A line with markers per series; each has a colour and a marker of its own, so that it can be told apart in grey, too.
 * @throws ShapeError  when a series' lists differ in length, or a position of a logarithmic axis is not above 0
 */
export function lineChart(options: LineChartOptions): Figure {
  const { series, xTitle, yTitle, isLogX = false, range } = options;
  for (const one of series) checkSeries(one, isLogX);
  const traces = series.map(({ name, x, y, deviations }, index) => {
    const color = categoryColors[index % categoryColors.length];
    const array = deviations && rounded(deviations.map((value) => (Number.isFinite(value) ? value : 0)));
    return {
      type: "scatter" as const,
      mode: "lines+markers",
      name,
      x: [...x],
      y: rounded(y),
      line: { color, width: 2 },
      marker: { color, size: 8, symbol: symbols[index % symbols.length] },
      hovertemplate: `${name}: %{y} at %{x}<extra></extra>`,
      ...(array ? { error_y: { type: "data", array, color, thickness: 1, width: 4 } } : {}),
    };
  });
  const positions = [...new Set(series.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const scale = isLogX ? { type: "log", tickvals: positions, ticktext: positions.map(String) } : {};
  const layout = themedLayout(
    { title: `${yTitle} over ${xTitle}`, ...options },
    {
      margin: { l: 80, r: 190, t: 70, b: 60 },
      xaxis: axis(xTitle, scale),
      yaxis: axis(yTitle, range ? { range: [...range] } : {}),
      showlegend: true,
      legend: { x: 1.02, xanchor: "left", y: 1, yanchor: "top" },
    },
  );
  return new Figure(traces, layout);
}

const symbols = ["circle", "square", "diamond", "triangle-up", "x", "cross"] as const;

function checkSeries({ name, x, y, deviations }: LineSeries, isLogX: boolean): void {
  if (y.length !== x.length || (deviations !== undefined && deviations.length !== x.length)) {
    const came = [`${y.length} values`, ...(deviations ? [`${deviations.length} deviations`] : [])].join(" and ");
    throw new ShapeError(`lineChart needs one value per x of "${name}" (${x.length}); got ${came}.`);
  }
  const broken = isLogX ? x.find((position) => !(position > 0)) : undefined;
  if (broken === undefined) return;
  throw new ShapeError(`A logarithmic axis needs positions above 0; "${name}" has ${broken}. Leave out isLogX.`);
}
