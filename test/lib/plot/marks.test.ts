/** Marks turn plain arrays into plotly JSON. */

import { expect, test } from "vitest";
import { barChart, gateHeatMap, layerBars, lossCurves } from "../../../lib/plot/index.js";

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

test("every mark says that its data is synthetic when told so, and only then", () => {
  const figures = (isSynthetic: boolean) => [
    gateHeatMap({ gates: [[0.5]], isSynthetic }),
    lossCurves({ trainLoss: [1], isSynthetic }),
    layerBars({ gates: [0.5], chosen: [0], isSynthetic }),
    barChart({ labels: ["a"], values: [1], valueTitle: "accuracy", isSynthetic }),
  ];
  for (const figure of figures(true)) expect(figure.plainTitle).toMatch(/ - synthetic data$/);
  for (const figure of figures(false)) expect(figure.plainTitle).not.toMatch(/synthetic/);
});
