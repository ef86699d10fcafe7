import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { DataError } from "../../../lib/errors.js";
import type { Progress } from "../../../lib/progress.js";
import { crossEntropy } from "../../../lib/prompt/clozeHead.js";
import { PromptHypernetwork } from "../../../lib/prompt/promptHypernetwork.js";
import { createRandom } from "../../../lib/random.js";
import { ActivationCache, type FillOptions } from "../../../lib/train/activationCache.js";
import { type EncodedExample, TaskReader } from "../../../lib/train/batches.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import { type RetrainOptions, retrain } from "../../../lib/train/retrain.js";
import { relativeError } from "../golden.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const ROOMY = 2 ** 20;
const prompts = { promptLength: 3, bottleneckSize: 8 };
const config = { ...prompts, steps: 10, batchSize: 8, learningRate: 0.02, evaluateEvery: 3 };
const data = createToyData();
const folder = mkdtempSync(join(tmpdir(), "activations-test-"));

let backbone: Backbone;
beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A network with prompts at the last two layers (or at `lowest` and the last), its reader, and the toy task's training examples. */
function setUp(model = backbone, lowest = model.config.layerCount - 2) {
  const network = new PromptHypernetwork(model, {
    ...prompts,
    layers: [lowest, model.config.layerCount - 1],
    generator: "pooled",
    tau: 0.5,
    phmDim: 4,
    activation: "gelu",
  });
  const reader = new TaskReader({
    backbone: model,
    task: data.task,
    config: { ...prompts, head: "cloze", maxLength: 64 },
  });
  return { network, reader, examples: reader.encode(data.train) };
}

/** How many forward passes of the embedding `fill` takes. */
async function countPasses(cache: ActivationCache, examples: readonly EncodedExample[], options: FillOptions) {
  let passes = 0;
  await cache.fill(examples, { ...options, onProgress: () => passes++ });
  return passes;
}

/** A short retraining in a folder of its own. */
function run(name: string, options: Partial<RetrainOptions> = {}) {
  return retrain({ backbone, data, layers: [1, 2], config, seed: 3, runDirectory: join(folder, name), ...options });
}

describe("ActivationCache", () => {
  it.each(["roberta-tiny", "bert-tiny", "deberta-tiny", "gpt2-tiny"])(
    "gives the loss and the gradients of an uncached step within 1e-5: %s",
    async (name) => {
      const { network, reader, examples } = setUp(await loadTinyBackbone(toyTokenizer, name));
      const cache = new ActivationCache({ memoryBytes: ROOMY });
      const states = await cache.fill(examples, { model: network, reader });
      const weights = network.initialWeights(createRandom(4));
      const few = examples.slice(0, 7);
      expect(new Set(few.map(({ ids }) => ids.length)).size).toBeGreaterThan(1); // some rows are padded
      const step = (cached: boolean) => {
        const batch = reader.batch(few, cached ? states : undefined);
        expect(batch.text === undefined).toBe(!cached);
        return valueAndGradients((current) => {
          const logits = network.backbone.logits(network.forward(current, batch), [17, 42]);
          return { loss: crossEntropy(logits, batch.targets), logits };
        }, weights);
      };
      const [cached, whole] = [step(true), step(false)];
      expect(relativeError(cached.losses.logits as tf.Tensor, whole.losses.logits as tf.Tensor)).toBeLessThan(1e-5);
      for (const [weight, gradient] of Object.entries(whole.gradients)) {
        expect(relativeError(cached.gradients[weight] as tf.Tensor, gradient), weight).toBeLessThan(1e-5);
      }
      const stranger = { ...(examples[9] as EncodedExample) };
      expect(() => states?.(stranger)).toThrow(DataError);
      cache.dispose();
    },
  );

  it("keeps what exceeds the budget in a file, to the same bits, and leaves nothing of it", async () => {
    const { network, reader, examples } = setUp();
    const directory = join(folder, "spilled");
    const [roomy, tight] = [
      new ActivationCache({ memoryBytes: ROOMY }),
      new ActivationCache({ memoryBytes: 9000, directory }),
    ];
    const expected = await roomy.fill(examples, { model: network, reader });
    const spilled = await tight.fill(examples, { model: network, reader });
    const total = examples.reduce((sum, { ids }) => sum + ids.length * 32 * 4, 0);
    expect(roomy.bytes).toEqual({ memory: total, file: 0 });
    expect(tight.bytes.memory).toBeLessThanOrEqual(9000);
    expect(tight.bytes.memory).toBeGreaterThan(7000);
    expect(tight.bytes.memory + tight.bytes.file).toBe(total);
    for (const example of [...examples].reverse()) expect(spilled?.(example)).toEqual(expected?.(example));
    tight.dispose();
    expect(readdirSync(directory)).toEqual([]);
    expect(tight.bytes).toEqual({ memory: 0, file: 0 });
    const longest = examples.reduce((a, b) => (b.ids.length > a.ids.length ? b : a)); // was kept last
    expect(() => spilled?.(longest)).toThrow(/disposed/);
    roomy.dispose();
  });

  it("computes again for another backbone, layer, data or template, and for nothing else", async () => {
    const { network, reader, examples } = setUp();
    const cache = new ActivationCache({ memoryBytes: ROOMY });
    expect(await countPasses(cache, examples, { model: network, reader })).toBe(2); // 40 examples in groups of 32
    expect(await countPasses(cache, reader.encode(data.train), { model: network, reader })).toBe(0);
    expect(await countPasses(cache, examples.slice(1), { model: network, reader })).toBe(2);
    const below = setUp(backbone, 1);
    expect(await countPasses(cache, examples, { model: below.network, reader })).toBe(2);
    const other = setUp({ ...backbone, hash: "other" });
    expect(await countPasses(cache, examples, { model: other.network, reader })).toBe(2);
    const task = { ...data.task, template: "{x} . <mask> ." };
    const shorter = new TaskReader({ ...reader.options, task });
    expect(await countPasses(cache, shorter.encode(data.train), { model: network, reader: shorter })).toBe(2);
    cache.dispose();
  });

  it("keeps nothing when the lowest prompt layer is the first", async () => {
    const { network, reader, examples } = setUp(backbone, 0);
    const cache = new ActivationCache({ memoryBytes: ROOMY });
    expect(await cache.fill(examples, { model: network, reader })).toBeUndefined();
    expect(cache.bytes).toEqual({ memory: 0, file: 0 });
  });

  it("reports every batch, stops between two, and leaves no tensor and no memory in use", async () => {
    const { network, reader, examples } = setUp();
    const cache = new ActivationCache({ memoryBytes: ROOMY });
    const controller = new AbortController();
    const reports: Progress[] = [];
    const before = tf.memory().numTensors;
    const stopped = await cache.fill(examples, {
      model: network,
      reader,
      signal: controller.signal,
      onProgress: (report) => {
        reports.push(report);
        controller.abort();
      },
    });
    expect(stopped).toBeUndefined();
    expect(reports).toMatchObject([{ stage: "activations", step: 1, totalSteps: 2, metrics: {} }]);
    expect(cache.bytes.memory).toBe(0);
    expect(await countPasses(cache, examples, { model: network, reader })).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
    cache.dispose();
  });

  it("says what to do when its file cannot be written", async () => {
    const { network, reader, examples } = setUp();
    const cache = new ActivationCache({ memoryBytes: 0, directory: "/dev/null" });
    await expect(cache.fill(examples, { model: network, reader })).rejects.toThrow(/activationCacheMb/);
    expect(cache.bytes).toEqual({ memory: 0, file: 0 });
  });
});

describe("retrain with a cache", () => {
  it("trains as without, within rounding, and to the same bits wherever the states are", async () => {
    const [whole, cached, spilled] = [
      await run("whole", { config: { ...config, activationCacheMb: 0 } }),
      await run("cached"),
      await run("spilled-run", { config: { ...config, activationCacheMb: 0.01 } }),
    ];
    cached.curves.trainLoss.forEach((loss, step) => {
      expect(Math.abs(loss - (whole.curves.trainLoss[step] ?? Number.NaN))).toBeLessThan(1e-4); // ten updates apart
    });
    expect(cached.curves.devMetric).toEqual(whole.curves.devMetric);
    expect(spilled.curves).toEqual(cached.curves);
    expect((await run("again")).curves).toEqual(cached.curves);
    expect(readdirSync(spilled.directory).sort()).toEqual(["record.json", "weights.safetensors"]);
  });

  it("fills it only where an example is needed twice", async () => {
    const stages = async (change: Partial<typeof config>, layers = [1, 2]) => {
      const seen: string[] = [];
      await run("stages", { layers, config: { ...config, ...change }, onProgress: ({ stage }) => seen.push(stage) });
      return seen.filter((stage) => stage === "activations").length;
    };
    expect(await stages({})).toBe(3); // 40 to train on in two groups, 24 of dev in one
    expect(await stages({ steps: 9 })).toBe(1); // 72 examples are fewer than two epochs
    expect(await stages({ steps: 3 })).toBe(0);
    expect(await stages({}, [0, 2])).toBe(0);
  });

  it("stops while it fills, and goes on to the same numbers", async () => {
    const whole = await run("uninterrupted");
    const controller = new AbortController();
    const stopped = await run("interrupted", { signal: controller.signal, onProgress: () => controller.abort() });
    expect([stopped.status, stopped.finishedSteps]).toEqual(["stopped", 0]);
    const resumed = await run("interrupted", { resume: true });
    expect(resumed.curves).toEqual(whole.curves);
    const weights = (record: typeof whole) => readFileSync(join(record.directory, "weights.safetensors"));
    expect(weights(resumed).equals(weights(whole))).toBe(true);
  });

  it("shares one cache among runs and evaluations, whose predictions stay what they were", async () => {
    const activations = new ActivationCache({ memoryBytes: ROOMY });
    const fills: number[] = [];
    const onProgress = ({ stage, step }: Progress) => {
      if (stage === "activations") fills.push(step);
    };
    const own = await run("own");
    const shared = await run("shared", { activations, onProgress });
    expect(shared.curves).toEqual(own.curves);
    expect(fills).toEqual([1, 2, 1]);
    await run("another seed", { activations, onProgress, seed: 5 });
    const options = { backbone, data, retrained: shared, split: "dev" as const, runDirectory: join(folder, "scored") };
    const cached = await evaluate({ ...options, activations, onProgress });
    expect(fills).toEqual([1, 2, 1]);
    expect(cached.metrics.accuracy).toBe(shared.metrics.devMetric);
    expect(cached.curves).toEqual((await evaluate(options)).curves);
    expect(activations.bytes.memory).toBeGreaterThan(0); // a shared cache is the caller's to dispose
    activations.dispose();
  });

  it("counts the time of filling, over resumptions as well", async () => {
    let now = 0;
    const clock = () => now;
    const tick = ({ stage }: Progress) => {
      now += stage === "activations" ? 1000 : 10;
    };
    const record = await run("timed", { clock, onProgress: tick });
    expect(record.timing.seconds).toBeCloseTo(3 + 0.09, 6); // 3 groups, 10 steps of which the last reports afterwards
    const controller = new AbortController();
    const stop = (progress: Progress) => {
      tick(progress);
      if (progress.stage === "retrain" && progress.step === 4) controller.abort();
    };
    await run("timed twice", { clock, onProgress: stop, signal: controller.signal });
    const resumed = await run("timed twice", { clock, onProgress: tick, resume: true });
    expect(resumed.timing.seconds).toBeCloseTo(6 + 0.08, 6);
  });
});
