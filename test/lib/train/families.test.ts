/** The whole path, search to evaluation, and fine-tuning: none of it knows which family the backbone is of. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import { search } from "../../../lib/search/search.js";
import { selectLayers } from "../../../lib/search/selectLayers.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { fineTune } from "../../../lib/train/fineTune.js";
import { retrain } from "../../../lib/train/retrain.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const folder = mkdtempSync(join(tmpdir(), "families-test-"));
const data = createToyData();
beforeAll(async () => {
  await useDevice("onnx");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(["bert-tiny", "deberta-tiny", "gpt2-tiny"])("%s", (name) => {
  it("is searched, retrained and evaluated, and its loss falls", async () => {
    const backbone = await loadTinyBackbone(toyTokenizer, name);
    const prompts = { promptLength: 3, bottleneckSize: 8, learningRate: 0.02, batchSize: 8 };
    const options = { backbone, data, seed: 3, runDirectory: join(folder, name) };
    const searched = await search({ ...options, config: { ...prompts, steps: 4 } });
    const layers = selectLayers(searched, { topK: 2 });
    const retrained = await retrain({ ...options, layers, config: { ...prompts, steps: 40, evaluateEvery: 20 } });
    const { metrics } = await evaluate({ ...options, retrained, split: "dev" });
    expect(metrics.accuracy).toBe(retrained.metrics.devMetric);
    const mean = (losses: readonly number[]) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const { trainLoss } = retrained.curves;
    expect(mean(trainLoss.slice(-10))).toBeLessThan(0.9 * mean(trainLoss.slice(0, 10)));
  });

  it("is fine-tuned in every weight that the cloze reads", async () => {
    const backbone = await loadTinyBackbone(toyTokenizer, name);
    const config = { steps: 18, batchSize: 8, learningRate: 0.002, evaluateEvery: 9 };
    const { curves } = await fineTune({ backbone, data, config, seed: 3, runDirectory: join(folder, name) });
    const mean = (losses: readonly number[]) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    expect(mean(curves.trainLoss.slice(-6))).toBeLessThan(mean(curves.trainLoss.slice(0, 6)));
  });
});
