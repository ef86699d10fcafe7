/** Training and validation loss over the steps of a run. */

import { Figure, type PlotlyTrace } from "./figure.js";
import { axis, type FigureOptions, palette, rounded, stepPositions, themedLayout } from "./theme.js";

/** What loss curves show. */
export interface LossCurvesOptions extends FigureOptions {
  /** Loss of the weights' half (search) or of the training split (retrain), one value per step. */
  readonly trainLoss: readonly number[];
  /** Loss of the gates' half (search) or of the dev split (retrain); left out when there is none. */
  readonly validLoss?: readonly number[];
  /** Step of each value of `trainLoss`; 1, 2, ... unless told. */
  readonly steps?: readonly number[];
  /** Step of each value of `validLoss`; as `steps` unless told. */
  readonly validSteps?: readonly number[];
  /** Width in steps of the running mean drawn over the faint raw values; 1 draws raw values alone. */
  readonly smoothing?: number;
}

/** Raw losses as faint lines with their running means on top; the lower the better. Values are nats per example. */
export function lossCurves(options: LossCurvesOptions): Figure {
  const { trainLoss, validLoss = [], smoothing = Math.max(1, Math.round(trainLoss.length / 15)) } = options;
  const { steps, validSteps = steps } = options;
  const traces = [
    ...curve("training loss", steps, trainLoss, palette.blue, "solid", smoothing),
    ...(validLoss.length > 0 ? curve("validation loss", validSteps, validLoss, palette.orange, "dash", smoothing) : []),
  ];
  const layout = themedLayout(
    { title: "Loss", ...options },
    {
      xaxis: axis("step"),
      yaxis: axis("loss (nats per example)", { rangemode: "tozero" }),
      legend: { orientation: "h", x: 1, xanchor: "right", y: 1.02, yanchor: "bottom" },
    },
  );
  return new Figure(traces, layout);
}

function curve(
  name: string,
  steps: readonly number[] | undefined,
  losses: readonly number[],
  color: string,
  dash: "solid" | "dash",
  smoothing: number,
): PlotlyTrace[] {
  const shared = { type: "scatter" as const, mode: "lines", ...stepPositions(steps), name, legendgroup: name };
  const mean = { ...shared, y: rounded(runningMean(losses, smoothing)), line: { color, dash, width: 2 } };
  if (smoothing <= 1) return [mean];
  const raw = {
    ...shared,
    y: rounded(losses),
    line: { color, width: 1 },
    opacity: 0.3,
    showlegend: false,
    hoverinfo: "skip",
  };
  return [raw, mean];
}

/** Mean of the last `width` values up to each one; the first ones average what there is. */
function runningMean(values: readonly number[], width: number): number[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= width ? (values[index - width] ?? 0) : 0);
    return sum / Math.min(index + 1, width);
  });
}
