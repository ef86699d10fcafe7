/** Marks turn plain arrays into plotly JSON. */

import { expect, test } from "vitest";
import {
  barChart,
  criticalDifference,
  gateHeatMap,
  layerBars,
  lineChart,
  lossCurves,
} from "../../../lib/plot/index.js";

test("a gate heat map has layers as rows and search steps as columns, with 0.5 in the middle of the colours", () => {
  const figure = gateHeatMap({
    gates: [
      [0.5, 0.6, 0.4],
      [0.5, 0.7, 0.45],
    ],
  });
  const [trace] = figure.data;
  expect(trace?.z).toEqual([
    [0.5, 0.5],
    [0.6, 0.7],
    [0.4, 0.45],
  ]);
  expect(trace).toMatchObject({ x0: 1, dx: 1 });
  expect(Number(trace?.zmin)).toBeCloseTo(0.3, 12);
  expect(Number(trace?.zmax)).toBeCloseTo(0.7, 12);
});

test("a gate heat map refuses rows of different lengths and says which", () => {
  expect(() => gateHeatMap({ gates: [[0.5, 0.5], [0.5]] })).toThrow(/2 values in every row; row 1 has 1/);
});

test("loss curves draw a running mean of the last values over the raw ones", () => {
  const figure = lossCurves({ trainLoss: [1, 2, 3, 4], smoothing: 2 });
  expect(figure.data.map((trace) => trace.y)).toEqual([
    [1, 2, 3, 4],
    [1, 1.5, 2.5, 3.5],
  ]);
});

test("loss curves without validation losses show no validation curve", () => {
  expect(lossCurves({ trainLoss: [1, 2], smoothing: 1 }).data).toHaveLength(1);
  expect(lossCurves({ trainLoss: [1, 2], validLoss: [3, 4], smoothing: 1 }).data).toHaveLength(2);
});

test("layer bars start at 0.5 and separate chosen layers from the others", () => {
  const [chosen, others] = layerBars({ gates: [0.4, 0.9, 0.6], chosen: [1] }).data;
  expect(chosen).toMatchObject({ name: "chosen", x: [1], y: [0.4], base: 0.5, width: 0.8 });
  expect(others).toMatchObject({ name: "not chosen", x: [0, 2], y: [-0.1, 0.1], base: 0.5, width: 0.8 });
});

test("a bar chart refuses a label without a value", () => {
  expect(() => barChart({ labels: ["a", "b"], values: [1], valueTitle: "accuracy" })).toThrow(/per label \(2\); got 1/);
});

const axes = { xTitle: "training examples", yTitle: "accuracy" };

test("a line chart has a named line, a colour and a marker of its own for each series, and whiskers where there are deviations", () => {
  const { data } = lineChart({
    ...axes,
    series: [
      { name: "lora", x: [50, 100], y: [0.6, 0.7], deviations: [0.02, 0.01] },
      { name: "full", x: [50, 100], y: [0.5, 0.9] },
    ],
  });
  expect(data).toMatchObject([
    { name: "lora", x: [50, 100], y: [0.6, 0.7], error_y: { array: [0.02, 0.01] } },
    { name: "full", x: [50, 100], y: [0.5, 0.9] },
  ]);
  expect(data[1]).not.toHaveProperty("error_y");
  const [first, second] = data.map((trace) => trace.marker as { color: string; symbol: string });
  expect(first?.color).not.toBe(second?.color);
  expect(first?.symbol).not.toBe(second?.symbol);
});

test("a line chart draws no whisker where a deviation is not known", () => {
  const [trace] = lineChart({ ...axes, series: [{ name: "a", x: [1], y: [2], deviations: [Number.NaN] }] }).data;
  expect(trace?.error_y).toMatchObject({ array: [0] });
});

test("a logarithmic line chart has a tick at each position of any series, once and in order", () => {
  const series = [
    { name: "a", x: [300, 50], y: [1, 2] },
    { name: "b", x: [100, 50], y: [3, 4] },
  ];
  expect(lineChart({ ...axes, isLogX: true, series }).layout.xaxis).toMatchObject({
    type: "log",
    tickvals: [50, 100, 300],
    ticktext: ["50", "100", "300"],
  });
  expect(lineChart({ ...axes, series }).layout.xaxis).not.toHaveProperty("type");
});

test("a line chart refuses a position without a value or a deviation, and says of which series", () => {
  const chart = (y: number[], deviations?: number[]) => () =>
    lineChart({ ...axes, series: [{ name: "lora", x: [1, 2], y, ...(deviations && { deviations }) }] });
  expect(chart([1])).toThrow(/"lora" \(2\); got 1 values/);
  expect(chart([1, 2], [0])).toThrow(/"lora" \(2\); got 2 values and 1 deviations/);
});

test("a line chart refuses a position of 0 on a logarithmic axis", () => {
  const series = [{ name: "lora", x: [0, 1], y: [1, 2] }];
  expect(() => lineChart({ ...axes, series, isLogX: true })).toThrow(/above 0; "lora" has 0/);
  expect(() => lineChart({ ...axes, series })).not.toThrow();
});

test("a critical difference plot has the best on top, and marks what is not told apart from it", () => {
  const figure = criticalDifference({ methods: ["a", "b", "c"], meanRanks: [2, 1.2, 2.8], criticalDifference: 1 });
  const [trace] = figure.data;
  expect(trace).toMatchObject({ y: ["c", "a", "b"], x: [2.8, 2, 1.2], error_x: { array: [0.5, 0.5, 0.5] } });
  expect(trace?.marker).toMatchObject({ color: ["#999999", "#0072B2", "#0072B2"] });
  expect(() => criticalDifference({ methods: ["a"], meanRanks: [], criticalDifference: 1 })).toThrow(
    /per method \(1\); got 0/,
  );
});

test("every mark says that its data is synthetic when told so, and only then", () => {
  const figures = (isSynthetic: boolean) => [
    gateHeatMap({ gates: [[0.5]], isSynthetic }),
    lossCurves({ trainLoss: [1], isSynthetic }),
    layerBars({ gates: [0.5], chosen: [0], isSynthetic }),
    barChart({ labels: ["a"], values: [1], valueTitle: "accuracy", isSynthetic }),
    lineChart({ ...axes, series: [{ name: "a", x: [1], y: [1] }], isSynthetic }),
    criticalDifference({ methods: ["a"], meanRanks: [1], criticalDifference: 1, isSynthetic }),
  ];
  for (const figure of figures(true)) expect(figure.plainTitle).toMatch(/ - synthetic data$/);
  for (const figure of figures(false)) expect(figure.plainTitle).not.toMatch(/synthetic/);
});
