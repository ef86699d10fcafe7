/** Live figures update one output in place, at a bounded rate, and end with a finished figure. */

import { expect, test } from "vitest";
import { gateHeatMap, liveFigure, lossCurves, type MimeBundle } from "../../../lib/plot/index.js";
import { sketchSvg } from "../../../lib/plot/sketch.js";

function recorder() {
  const shown: { bundle: MimeBundle; options: { display_id: string; update: boolean } }[] = [];
  return {
    shown,
    display: (bundle: MimeBundle, options: { raw: true; display_id: string; update: boolean }) => {
      shown.push({ bundle, options });
    },
  };
}

test("a thousand reports in two seconds become at most nine updates of one output", () => {
  const { shown, display } = recorder();
  let clock = 0;
  let built = 0;
  const live = liveFigure(display, { now: () => clock });
  for (let step = 0; step < 1000; step++) {
    live.show(() => {
      built++;
      return gateHeatMap({ gates: [[0.5, 0.6]] });
    });
    clock += 2;
  }
  expect(shown.length).toBe(8);
  expect(built).toBe(shown.length);
  expect(new Set(shown.map((entry) => entry.options.display_id)).size).toBe(1);
  expect(shown.map((entry) => entry.options.update)).toEqual([false, ...Array(7).fill(true)]);
});

test("a live state is plotly JSON with a sketch, without a static picture", () => {
  const { shown, display } = recorder();
  liveFigure(display).show(() => lossCurves({ trainLoss: [1, 2] }));
  expect(Object.keys(shown[0]?.bundle ?? {})).toEqual(["application/vnd.plotly.v1+json", "text/html", "text/plain"]);
});

test("the finished figure replaces the live one whatever the clock says", async () => {
  const { shown, display } = recorder();
  const live = liveFigure(display, { now: () => 0 });
  live.show(() => gateHeatMap({ gates: [[0.5]] }));
  await live.finish(gateHeatMap({ gates: [[0.5], [0.6]] }));
  expect(shown).toHaveLength(2);
  expect(shown[1]?.options).toEqual({ ...shown[0]?.options, update: true });
  expect(shown[1]?.bundle).toHaveProperty("image/svg+xml");
});

test("two live figures have outputs of their own", () => {
  const { shown, display } = recorder();
  for (const live of [liveFigure(display), liveFigure(display)]) live.show(() => gateHeatMap({ gates: [[0.5]] }));
  expect(shown[0]?.options.display_id).not.toBe(shown[1]?.options.display_id);
});

test("a sketched heat map paints each cell in its colour: middle, lowest and highest gate", () => {
  const svg = sketchSvg(gateHeatMap({ gates: [[0.5, 0.3, 0.7]] }));
  const fills = [...svg.matchAll(/<rect x="[^>]* fill="(rgb[^"]*)"/g)].map((match) => match[1]);
  expect(fills).toEqual(["rgb(247,247,247)", "rgb(5,48,97)", "rgb(127,59,8)"]);
});

test("a sketched curve runs from the lower left to the upper right of its frame when losses rise", () => {
  const svg = sketchSvg(lossCurves({ trainLoss: [1, 2], smoothing: 1 }));
  expect(svg).toContain('points="80.0,280.0 600.0,70.0"');
});
