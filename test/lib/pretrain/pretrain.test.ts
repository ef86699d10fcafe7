import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { loadBackbone } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import type { PretrainOptions } from "../../../lib/pretrain/config.js";
import { pretrain } from "../../../lib/pretrain/pretrain.js";
import { createRandom } from "../../../lib/random.js";
import { temporaryFolder } from "../../temporaryFolder.js";

/** Sentences of a tiny grammar, in which the verb follows from the noun. */
function sentences(count: number): string[] {
  const random = createRandom(5);
  const pairs = [
    ["cats", "purr"],
    ["dogs", "bark"],
    ["birds", "sing"],
    ["fish", "swim"],
  ] as const;
  return Array.from({ length: count }, () =>
    Array.from({ length: 4 }, () => {
      const [noun, verb] = pairs[random.integer(4)] ?? pairs[0];
      return `the ${["old", "young", "big"][random.integer(3)]} ${noun} ${verb} .`;
    }).join(" "),
  );
}

async function prepare(): Promise<PretrainOptions> {
  const folder = temporaryFolder("pretrain-");
  await writeFile(join(folder, "corpus.txt"), sentences(400).join("\n"));
  const labelled = sentences(60).map((text, i) => JSON.stringify({ text, label: i % 2 }));
  await writeFile(join(folder, "imdb.jsonl.gz"), gzipSync(labelled.join("\n")));
  return {
    corpus: [join(folder, "corpus.txt")],
    output: join(folder, "out"),
    vocabSize: 300,
    hiddenSize: 16,
    headCount: 2,
    intermediateSize: 32,
    maxLength: 32,
    layersSchedule: [1, 2],
    phaseShares: [0.5, 0.5],
    batchSize: 8,
    rowLength: 16,
    longRowEvery: 3,
    warmupSteps: 4,
    auxiliary: folder,
    auxiliaryShares: [0.25, 0.25],
    isGlove: false,
    heldOutShare: 0.1,
    heldOutBatches: 2,
    evaluateEverySteps: 4,
  };
}

describe("pre-training", () => {
  beforeAll(async () => {
    await useDevice("onnx");
  });

  it("learns the grammar better than word frequencies do, and writes a model that loads", async () => {
    const options = { ...(await prepare()), steps: 400, hiddenSize: 32, learningRate: 5e-3, evaluateEverySteps: 400 };
    const steps: number[] = [];
    const record = await pretrain(options, { onProgress: ({ step }) => steps.push(step) });
    expect(record.status).toBe("finished");
    expect(steps).toHaveLength(400);
    const last = record.curve.at(-1);
    expect(last?.heldOutLoss).toBeLessThan(record.unigram.loss - 0.5);
    expect(last?.heldOutAccuracy).toBeGreaterThan(record.unigram.accuracy);
    const backbone = await loadBackbone(join(options.output, "model"));
    expect(backbone.config).toMatchObject({
      layerCount: 2,
      hiddenSize: 32,
      maxLength: 32,
      vocabSize: backbone.tokenizer.vocabSize,
    });
    backbone.dispose();
    const card = await readFile(join(options.output, "model", "README.md"), "utf8");
    expect(card).toContain(`| this model | ${last?.heldOutLoss.toFixed(3)}`);
    expect(card).toContain("Intermediate-task training");
  });

  it("gives the same numbers to the last bit when it is stopped and resumed, in either phase", async () => {
    const options = { ...(await prepare()), steps: 10 };
    const whole = await pretrain(options);
    const expected = await readFile(join(options.output, "model", "model.safetensors"));
    for (const stopAfter of [3, 7]) {
      const again = { ...options, output: `${options.output}-${stopAfter}` };
      const stop = new AbortController();
      const stopped = await pretrain(again, {
        signal: stop.signal,
        onProgress: ({ step }) => step === stopAfter && stop.abort(),
      });
      expect([stopped.status, stopped.steps]).toEqual(["stopped", stopAfter]);
      const resumed = await pretrain(again, { isResumed: true });
      expect({ ...resumed.curve.at(-1), minutes: 0 }).toEqual({ ...whole.curve.at(-1), minutes: 0 });
      expect((await readFile(join(again.output, "model", "model.safetensors"))).equals(expected)).toBe(true);
    }
  });

  it("refuses settings that do not fit together before it reads anything", async () => {
    await expect(
      pretrain({ corpus: ["nowhere"], output: "nowhere", layersSchedule: [3, 4], steps: 1 }),
    ).rejects.toThrow(/multiple of the one before/);
    await expect(pretrain({ corpus: ["nowhere"], output: "nowhere" })).rejects.toThrow(/either as minutes or as steps/);
  });
});
