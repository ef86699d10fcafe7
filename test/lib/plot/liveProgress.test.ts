/** Progress lines are readable, bounded in rate, and never miss the end. */

import { expect, test } from "vitest";
import { liveProgress, type MimeBundle, progressText } from "../../../lib/plot/index.js";

const at = (step: number) => ({
  stage: "search",
  step,
  totalSteps: 10,
  etaSeconds: 10 - step,
  metrics: { trainLoss: 0.61234 },
});

test("a progress line names the stage, the step, the newest values and the time left", () => {
  expect(progressText(at(3))).toBe("search 3/10, trainLoss 0.612, 7 s left");
  expect(progressText({ ...at(10), metrics: {} })).toBe("search 10/10");
  expect(progressText({ ...at(1), etaSeconds: null, metrics: {} })).toBe("search 1/10");
});

test("reports in quick succession show the first and the last in one output", () => {
  const shown: [MimeBundle, { display_id: string; update: boolean }][] = [];
  const onProgress = liveProgress((bundle, options) => shown.push([bundle, options]), { now: () => 0 });
  for (let step = 1; step <= 10; step++) onProgress(at(step));
  expect(shown.map(([bundle]) => bundle["text/plain"])).toEqual([progressText(at(1)), progressText(at(10))]);
  expect(shown.map(([, options]) => options.update)).toEqual([false, true]);
  expect(shown[0]?.[1].display_id).toBe(shown[1]?.[1].display_id);
});
