/** Which layers a search chose, and by how much. */

import { Figure } from "./figure.js";
import { axis, type FigureOptions, palette, rounded, themedLayout } from "./theme.js";

/** What layer bars show. */
export interface LayerBarsOptions extends FigureOptions {
  /** Final gate of each layer, [L], each in (0, 1). */
  readonly gates: readonly number[];
  /** Indices of the prompt layers that were kept. */
  readonly chosen: readonly number[];
}

/** One bar per layer from 0.5, where gates start, to its final gate; chosen layers in orange and named in the legend. */
export function layerBars(options: LayerBarsOptions): Figure {
  const { gates, chosen } = options;
  const layers = gates.map((_, layer) => layer);
  const bars = (name: string, color: string, shown: readonly number[]) => ({
    type: "bar" as const,
    name,
    x: [...shown],
    y: rounded(shown.map((layer) => (gates[layer] ?? 0.5) - 0.5)),
    base: 0.5,
    width: 0.8,
    customdata: rounded(shown.map((layer) => gates[layer] ?? 0.5)),
    marker: { color },
    hovertemplate: "layer %{x}: gate %{customdata:.3f}<extra></extra>",
  });
  const traces = [
    bars(
      "chosen",
      palette.orange,
      layers.filter((layer) => chosen.includes(layer)),
    ),
    bars(
      "not chosen",
      palette.grey,
      layers.filter((layer) => !chosen.includes(layer)),
    ),
  ];
  const layout = themedLayout(
    { title: `Chosen prompt layers: ${[...chosen].sort((a, b) => a - b).join(", ")}`, ...options },
    {
      barmode: "overlay",
      xaxis: axis("layer", { dtick: 1 }),
      yaxis: axis("final gate"),
      legend: { orientation: "h", x: 1, xanchor: "right", y: 1.02, yanchor: "bottom" },
    },
  );
  return new Figure(traces, layout);
}
