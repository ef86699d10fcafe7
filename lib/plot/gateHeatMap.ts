/** How the gate of each layer moved during a search. */

import { ShapeError } from "../errors.js";
import { Figure } from "./figure.js";
import { axis, divergingScale, type FigureOptions, rounded, stepPositions, themedLayout } from "./theme.js";

/** What a gate heat map shows. */
export interface GateHeatMapOptions extends FigureOptions {
  /** Gate probabilities in (0, 1): one row of L gates for each recorded search step. */
  readonly gates: readonly (readonly number[])[];
  /** Search step of each row; 1, 2, ... unless told. */
  readonly steps?: readonly number[];
}

/**
 * Search steps from left to right, layers from bottom (0, the embedding output) to top, colour by gate.
 * White is 0.5, where every gate starts; orange layers ask for a prompt of their own, blue ones do not.
 *
 * @throws ShapeError  when the rows differ in length, or `steps` does not fit them
 */
export function gateHeatMap(options: GateHeatMapOptions): Figure {
  const { gates, steps } = options;
  const layerCount = gates[0]?.length ?? 0;
  const ragged = gates.findIndex((row) => row.length !== layerCount);
  if (ragged >= 0) {
    throw new ShapeError(
      `gates must have ${layerCount} values in every row; row ${ragged} has ${gates[ragged]?.length}. Record all layers at each step.`,
    );
  }
  if (steps !== undefined && steps.length !== gates.length) {
    throw new ShapeError(`steps must have one entry per row of gates (${gates.length}); got ${steps.length}.`);
  }
  const spread = gates.flat().reduce((widest, gate) => Math.max(widest, Math.abs(gate - 0.5)), 0.02);
  const trace = {
    type: "heatmap" as const,
    ...stepPositions(steps),
    z: Array.from({ length: layerCount }, (_, layer) => rounded(gates.map((row) => row[layer] ?? 0.5))), // [steps][L] -> [L][steps]
    zmin: 0.5 - spread,
    zmax: 0.5 + spread,
    zsmooth: false,
    colorscale: divergingScale,
    colorbar: { title: { text: "gate" }, thickness: 14, outlinewidth: 0 },
    hovertemplate: "step %{x}, layer %{y}: gate %{z:.3f}<extra></extra>",
  };
  const layout = themedLayout(
    { title: "Gate of each layer during the search", ...options },
    { xaxis: axis("search step"), yaxis: axis("layer", { dtick: layerCount > 16 ? 2 : 1 }) },
  );
  return new Figure([trace], layout);
}
