/** Mean ranks of several methods over several tasks, and which of them the tasks tell apart. */

import { ShapeError } from "../errors.js";
import { Figure } from "./figure.js";
import { axis, type FigureOptions, palette, rounded, themedLayout } from "./theme.js";

/** What a critical difference plot shows; `compareRanks` gives the numbers. */
export interface CriticalDifferenceOptions extends FigureOptions {
  readonly methods: readonly string[];
  /** Mean rank of each method, 1 the best. */
  readonly meanRanks: readonly number[];
  /** Mean ranks that differ by less are not told apart. */
  readonly criticalDifference: number;
}

/**
 * A dot per method at its mean rank, the best on top, with half a critical difference to either side: two methods are told
 * apart where their bars do not touch. Blue: not told apart from the best.
 *
 * @throws ShapeError  when methods and ranks differ in number
 * @source Demšar 2006, figure 1, drawn as intervals
 */
export function criticalDifference(options: CriticalDifferenceOptions): Figure {
  const { methods, meanRanks, criticalDifference: difference } = options;
  if (methods.length !== meanRanks.length) {
    throw new ShapeError(
      `criticalDifference needs one mean rank per method (${methods.length}); got ${meanRanks.length} mean ranks.`,
    );
  }
  const rows = methods
    .map((method, i) => ({ method, rank: meanRanks[i] ?? Number.NaN }))
    .sort((a, b) => b.rank - a.rank); // plotly draws the first row at the bottom
  const best = Math.min(...meanRanks);
  const trace = {
    type: "scatter" as const,
    mode: "markers",
    x: rounded(rows.map(({ rank }) => rank)),
    y: rows.map(({ method }) => method),
    marker: { size: 9, color: rows.map(({ rank }) => (rank - best < difference ? palette.blue : palette.grey)) },
    error_x: {
      type: "data",
      array: rows.map(() => rounded([difference / 2])[0] ?? 0),
      color: "#777777",
      thickness: 1.5,
    },
    hovertemplate: "%{y}: mean rank %{x:.2f}<extra></extra>",
  };
  const height = options.height ?? 130 + 26 * rows.length;
  const layout = themedLayout(
    { title: `Mean ranks; critical difference ${difference.toFixed(2)}`, ...options, height },
    {
      xaxis: axis("mean rank over the tasks (1: best)"),
      yaxis: axis(""),
      margin: { l: 150, r: 30, t: 70, b: 60 },
    },
  );
  return new Figure([trace], layout);
}
