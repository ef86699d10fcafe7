/** Figures: each mark is a function from plain arrays to a `Figure`. */

export { type BarChartOptions, barChart } from "./barChart.js";
export { type CriticalDifferenceOptions, criticalDifference } from "./criticalDifference.js";
export { Figure, type MimeBundle, type PlotlyLayout, type PlotlyTrace } from "./figure.js";
export { type GateHeatMapOptions, gateHeatMap } from "./gateHeatMap.js";
export { interactiveHtml, plotlyResourceName } from "./interactiveHtml.js";
export { type LayerBarsOptions, layerBars } from "./layerBars.js";
export { type LineChartOptions, type LineSeries, lineChart } from "./lineChart.js";
export { type Display, type LiveFigure, type LiveOptions, liveFigure } from "./liveFigure.js";
export { liveProgress, progressText } from "./liveProgress.js";
export { type LossCurvesOptions, lossCurves } from "./lossCurves.js";
export { type FigureOptions, palette } from "./theme.js";
