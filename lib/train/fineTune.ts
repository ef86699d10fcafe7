/** Full fine-tuning through the cloze head: every weight of the backbone is trained. What prompts are measured against. */

import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import type { Backbone } from "../backbone/backbone.js";
import { modelOver } from "../backbone/loadBackbone.js";
import { AdamW, jit } from "../engine/index.js";
import { taskMetric } from "../metrics.js";
import type { OnProgress } from "../progress.js";
import { crossEntropy } from "../prompt/clozeHead.js";
import { parseConfig } from "../prompt/config.js";
import { countParameters, createVariables, disposeWeights, type Variables, type Weights } from "../prompt/weights.js";
import { createRandom } from "../random.js";
import type { TaskData } from "../task/task.js";
import { createVerbalizer } from "../task/verbalizer.js";
import { type Batch, type EncodedExample, ExampleStream, groupByLength, TaskReader } from "./batches.js";
import { learningRateAt, optimizerConfigSchema } from "./config.js";
import { readScalar, valueAndGradients } from "./gradients.js";

/** Settings of `fineTune`. */
export const fineTuneConfigSchema = z.strictObject({
  ...optimizerConfigSchema.shape,
  learningRate: z.number().positive().default(5e-4).describe("largest rate; ours, for roberta-nano"),
  maxLength: z.int().positive().default(128).describe("longest text in tokens; P-tuning v2"),
  evaluateEvery: z.int().positive().default(50).describe("steps between scores on dev; ours"),
});

/** What fine-tuning takes. */
export interface FineTuneOptions {
  /** Its weights are copied; it stays as it is. */
  readonly backbone: Backbone;
  /** `train` is trained on, `dev` chooses the best step, `test` is opened once, at the end. */
  readonly data: TaskData;
  readonly config?: z.input<typeof fineTuneConfigSchema>;
  /** Default 1. */
  readonly seed?: number;
  /** Stops between two steps; the weights so far are scored. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** What came of it. */
export interface FineTuneResult {
  readonly config: z.output<typeof fineTuneConfigSchema>;
  readonly parameterCount: number;
  readonly devMetric: number;
  /** Predicted class of every test example. */
  readonly predictions: readonly number[];
  readonly trainLoss: readonly number[];
}

/**
 * Trains all weights with AdamW (biases and LayerNorm without decay) and keeps those that scored best on dev, the
 * earliest of equals.
 *
 * @throws ConfigError  when a setting is out of range; DataError, when a label word is not one token
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuneResult> {
  const { backbone, data, seed = 1, signal, onProgress } = options;
  const config = parseConfig(fineTuneConfigSchema, options.config);
  const { tokenIds } = createVerbalizer(backbone.tokenizer, data.task.labelWords);
  const maxLength = Math.min(config.maxLength, backbone.config.maxLength);
  const reader = new TaskReader({
    backbone,
    task: data.task,
    config: { head: "cloze", promptLength: 1, maxLength },
  });
  const random = createRandom(seed).fork("fine-tune");
  const stream = new ExampleStream(reader.encode(data.train), config.batchSize, random);
  const dev = reader.encode(data.dev);

  const weights = createVariables(copyRead(backbone.weights));
  const best = createVariables(copyRead(backbone.weights));
  const { betas, epsilon, weightDecay, clipNorm } = config;
  const noDecay = (name: string): boolean => weights[name]?.rank === 1; // biases and LayerNorm
  const optimizer = new AdamW(weights, { betas, epsilon, weightDecay, clipNorm, noDecay });
  const logitsOf = (current: Weights, batch: Batch): tf.Tensor2D => clozeLogits(backbone, current, batch, tokenIds);
  const trainStep = jit(({ learningRate, ...batch }: Batch & { learningRate: tf.Scalar }) => {
    const compute = (current: Weights) => ({ loss: crossEntropy(logitsOf(current, batch), batch.targets) });
    const { losses, gradients } = valueAndGradients(compute, weights);
    optimizer.apply(gradients, learningRate);
    return { loss: losses.loss };
  });
  const predictStep = jit((batch: Batch) => ({ logits: logitsOf(weights, batch) }));
  const predict = (examples: readonly EncodedExample[]): Promise<number[]> => predictAll(reader, examples, predictStep);

  const trainLoss: number[] = [];
  let devMetric = Number.NEGATIVE_INFINITY;
  const learningRate = learningRateAt(config);
  const start = performance.now();
  for (let step = 0; step < config.steps && signal?.aborted !== true; step++) {
    const inputs = { ...reader.batch(stream.batchAt(step)), learningRate: tf.scalar(learningRate(step)) };
    const outputs = await trainStep(inputs);
    trainLoss.push(await readScalar(outputs.loss));
    tf.dispose([inputs, outputs]);
    const done = step + 1;
    if (done % config.evaluateEvery === 0 || done === config.steps) {
      const labels = dev.map(({ label }) => label);
      const score = taskMetric(data.task, labels, await predict(dev));
      if (score > devMetric) assignAll(best, weights);
      devMetric = Math.max(devMetric, score);
    }
    const etaSeconds = ((performance.now() - start) / 1000 / done) * (config.steps - done);
    const metrics = { trainLoss: trainLoss[step] ?? 0, devMetric };
    onProgress?.({ stage: "fine-tune", step: done, totalSteps: config.steps, etaSeconds, metrics });
  }
  if (devMetric > Number.NEGATIVE_INFINITY) assignAll(weights, best);
  const predictions = await predict(reader.encode(data.test.open("fine-tune")));
  const parameterCount = countParameters(weights);
  trainStep.dispose();
  predictStep.dispose();
  optimizer.dispose();
  disposeWeights({ ...weights });
  disposeWeights({ ...best });
  return { config, parameterCount, devMetric, predictions, trainLoss };
}

function clozeLogits(backbone: Backbone, weights: Weights, batch: Batch, tokenIds: readonly number[]): tf.Tensor2D {
  const model = modelOver(backbone, weights);
  const bias = model.attentionBias(batch.attentionMask, 0);
  let hidden = model.embed(batch.inputIds, batch.attentionMask); // [B, T, D]
  const last = backbone.config.layerCount - 1;
  for (let layer = 0; layer < last; layer++) hidden = model.layer(layer, hidden, bias);
  const read = model.layer(last, hidden, bias, batch.readout); // -> [B, 1, D]
  return model.logits(tf.squeeze(read, [1]), tokenIds); // [B, D] -> [B, C]
}

/** Predicted classes, in the order of the examples. */
async function predictAll(
  reader: TaskReader,
  examples: readonly EncodedExample[],
  predictStep: (batch: Batch) => Promise<{ logits: tf.Tensor }>,
): Promise<number[]> {
  const predictions = Array<number>(examples.length).fill(0);
  for (const group of groupByLength(examples)) {
    const batch = reader.batch(group.flatMap((index) => examples[index] ?? []));
    const { logits } = await predictStep(batch);
    const scores = (await logits.array()) as number[][];
    group.forEach((index, row) => {
      const classScores = scores[row] ?? [];
      predictions[index] = classScores.indexOf(Math.max(...classScores));
    });
    tf.dispose([batch, logits]);
  }
  return predictions;
}

/** Copies of the weights that the cloze head reads: not those of a pooler, nor the position numbers that old files hold. */
function copyRead(weights: Weights): Weights {
  const read = Object.entries(weights).filter(([name]) => !/pooler|position_ids/.test(name));
  return Object.fromEntries(read.map(([name, weight]) => [name, weight.clone()]));
}

function assignAll(targets: Variables, sources: Weights): void {
  for (const [name, variable] of Object.entries(targets)) {
    const source = sources[name];
    if (source !== undefined) variable.assign(source);
  }
}
