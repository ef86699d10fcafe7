/** Named values side by side, such as the accuracy of several methods. */

import { ShapeError } from "../errors.js";
import { Figure } from "./figure.js";
import { axis, type FigureOptions, palette, rounded, themedLayout } from "./theme.js";

/** What a bar chart shows. */
export interface BarChartOptions extends FigureOptions {
  /** One label per bar, shown from left to right. */
  readonly labels: readonly string[];
  readonly values: readonly number[];
  /** Standard deviation of each value, drawn as a whisker. */
  readonly deviations?: readonly number[];
  /** What the values are, with their unit: the title of the vertical axis. */
  readonly valueTitle: string;
  /** Lowest and highest value of the axis; from 0 to a little above the highest bar unless told. */
  readonly range?: readonly [number, number];
  /** A value to compare with, drawn as a dashed line, such as the majority class. */
  readonly reference?: { readonly value: number; readonly label: string };
}

/**
 * One bar per label with its value written above.
 * @throws ShapeError  when labels and values differ in number
 */
export function barChart(options: BarChartOptions): Figure {
  const { labels, values, deviations, valueTitle, range, reference } = options;
  if (labels.length !== values.length) {
    throw new ShapeError(`barChart needs one value per label (${labels.length}); got ${values.length} values.`);
  }
  const trace = {
    type: "bar" as const,
    x: [...labels],
    y: rounded(values),
    text: values.map((value) => Number(value.toPrecision(3)).toString()),
    textposition: "outside",
    cliponaxis: false,
    marker: { color: palette.blue },
    hovertemplate: "%{x}: %{y}<extra></extra>",
    ...(deviations ? { error_y: { type: "data", array: rounded(deviations), color: "#333333" } } : {}),
  };
  const line = reference && {
    shapes: [
      {
        type: "line",
        xref: "paper",
        x0: 0,
        x1: 1,
        y0: reference.value,
        y1: reference.value,
        line: { color: palette.orange, dash: "dash", width: 2 },
      },
    ],
    annotations: [
      {
        xref: "paper",
        x: 1,
        y: reference.value,
        xanchor: "right",
        yanchor: "bottom",
        text: reference.label,
        showarrow: false,
      },
    ],
  };
  const layout = themedLayout(
    { title: valueTitle, ...options },
    {
      xaxis: axis("", { type: "category" }),
      yaxis: axis(valueTitle, { range: range ?? [0, 1.12 * Math.max(...values, 1e-9)] }),
      ...line,
    },
  );
  return new Figure([trace], layout);
}
