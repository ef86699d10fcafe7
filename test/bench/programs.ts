/** Our side of the benchmark: what a search and a retraining repeat, on a frozen RoBERTa of random weights, made of the library's own parts. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../lib/backbone/backbone.js";
import { parseRobertaConfig, robertaModel, robertaWeightShapes } from "../../lib/backbone/roberta.js";
import type { Tokenizer } from "../../lib/backbone/tokenizer.js";
import { AdamW, jit } from "../../lib/engine/index.js";
import { createHead, crossEntropy } from "../../lib/prompt/clozeHead.js";
import { PromptHypernetwork } from "../../lib/prompt/promptHypernetwork.js";
import { poolingMatrices } from "../../lib/prompt/promptPooling.js";
import { createVariables, type Weights } from "../../lib/prompt/weights.js";
import { createRandom, type Random } from "../../lib/random.js";
import { BilevelOptimizer } from "../../lib/search/bilevel.js";
import { resolveSearchConfig } from "../../lib/search/config.js";
import { searchLoss } from "../../lib/search/searchLoss.js";
import type { Task } from "../../lib/task/task.js";
import { ActivationCache } from "../../lib/train/activationCache.js";
import { type Batch, ExampleStream, TaskReader } from "../../lib/train/batches.js";
import { createOptimizer, resolveRetrainConfig } from "../../lib/train/config.js";
import { valueAndGradients } from "../../lib/train/gradients.js";
import { statesEntering } from "../../lib/train/tunableModel.js";
import { type BenchSize, lateLayers, textLengths } from "./sizes.js";

/** What is timed, by name. */
export const PROGRAMS = {
  step: deepPromptStep,
  search: searchStep,
  retrain: (setting) => retrainStep(setting, false),
  retrain_cached: (setting) => retrainStep(setting, true),
  eval: evaluation,
  epoch: retrainingEpochs,
} as const satisfies Record<string, (setting: Setting) => Program>;

/** One repetition; it ends when its result has been read. */
export type Program = () => Promise<void>;

/** A backbone and a batch of one size. */
export interface Setting {
  readonly size: BenchSize;
  readonly backbone: Backbone;
  readonly batch: Batch;
  readonly random: Random;
}

const LABEL_TOKENS = [7, 11];

/** Epochs in one repetition of `epoch`, whose time is divided by them: the states are computed once for all. */
export const EPOCHS = 3;

/** Random weights and random texts of full length. */
export function createSetting(size: BenchSize): Setting {
  const { batchSize: B, textLength: T, promptLength: l, vocabSize } = size;
  const config = parseRobertaConfig(
    {
      model_type: "roberta",
      num_hidden_layers: size.layerCount,
      hidden_size: size.hiddenSize,
      num_attention_heads: size.headCount,
      intermediate_size: size.intermediateSize,
      vocab_size: vocabSize,
      max_position_embeddings: T + 2,
      layer_norm_eps: 1e-5,
    },
    "bench",
  );
  const random = createRandom(1);
  const draw = (name: string, shape: readonly number[]): tf.Tensor => {
    const isScale = /(LayerNorm|layer_norm)\.weight$/.test(name);
    const length = shape.reduce((product, n) => product * n, 1);
    const values = Float32Array.from({ length }, () => (isScale ? 1 : 0.04 * (random.uniform() - 0.5)));
    return tf.tensor(values, [...shape]);
  };
  const shapes = Object.entries(robertaWeightShapes(config));
  const weights = Object.fromEntries(shapes.map(([name, shape]) => [name, draw(name, shape)]));
  const mask = Array.from({ length: B }, () => Array<number>(T).fill(1));
  const readout = new Float32Array(B * T);
  for (let b = 0; b < B; b++) readout[b * T + T - 2] = 1;
  const labels = Int32Array.from({ length: B }, (_, b) => b % 2);
  const ids = Int32Array.from({ length: B * T }, () => 5 + random.integer(vocabSize - 5));
  return {
    size,
    random,
    backbone: {
      ...robertaModel(config, weights),
      config: { ...config, maskTokenId: 4 },
      name: "bench",
      hash: "",
      weightStorage: "f32",
      tokenizer: {} as Tokenizer, // texts are drawn as token ids
      weights,
      dispose: () => tf.dispose(weights),
    },
    batch: {
      inputIds: tf.tensor2d(ids, [B, T], "int32"),
      attentionMask: tf.tensor2d(mask, [B, T], "int32"),
      pooling: tf.tensor3d(poolingMatrices(mask, l), [B, l, T]),
      readout: tf.tensor3d(readout, [B, 1, T]),
      targets: tf.oneHot(tf.tensor1d(labels, "int32"), 2).cast("float32") as tf.Tensor2D,
    },
  };
}

/** Free prompts at every layer: forward, backward, AdamW. */
function deepPromptStep(setting: Setting): Program {
  const layers = [...Array(setting.size.layerCount).keys()];
  return trainOn(
    setting,
    new PromptHypernetwork(setting.backbone, { ...options(setting), layers, generator: "static", tau: 1 }),
  );
}

/** Generators at four late layers; `isCached`: the states that enter the lowest of them are at hand. */
function retrainStep(setting: Setting, isCached: boolean): Program {
  const network = new PromptHypernetwork(setting.backbone, { ...options(setting), layers: lateLayers(setting.size) });
  if (!isCached) return trainOn(setting, network);
  const text = tf.keep(tf.tidy(() => statesEntering(setting.backbone, network.lowestLayer, setting.batch)));
  return trainOn({ ...setting, batch: { ...setting.batch, text } }, network);
}

/** A retraining from the first example to the last of its epochs, on texts of many lengths: activation cache, order, batches, steps. */
function retrainingEpochs({ backbone, random, size }: Setting): Program {
  const config = { ...options({ backbone, size }), batchSize: size.batchSize };
  const network = new PromptHypernetwork(backbone, { ...config, layers: lateLayers(size) });
  const task = { id: "bench", template: "{x} <mask>", labelWords: ["no", "yes"] } as const satisfies Partial<Task>;
  const reader = new TaskReader({ backbone, task: task as unknown as Task, config });
  const examples = textLengths(size).map((length, row) => ({
    ids: Array.from({ length }, () => 5 + random.integer(size.vocabSize - 5)),
    readPosition: length - 2,
    label: row % 2,
  }));
  const { step, learningRate } = trainStep({ backbone, random }, network);
  return async () => {
    const cache = new ActivationCache({ memoryBytes: 2 ** 29 });
    const states = await cache.fill(examples, { model: network, reader });
    const stream = new ExampleStream(examples, size.batchSize, random);
    for (let at = 0; at < (EPOCHS * examples.length) / size.batchSize; at++) {
      const batch = reader.batch(stream.batchAt(at), states);
      await read(await step({ ...batch, learningRate }));
      tf.dispose(batch);
    }
    cache.dispose();
  };
}

function trainStep({ backbone, random }: Pick<Setting, "backbone" | "random">, network: PromptHypernetwork) {
  const head = createHead("cloze", backbone, LABEL_TOKENS);
  const weights = createVariables(network.initialWeights(random));
  const optimizer = createOptimizer(weights, resolveRetrainConfig({}, backbone.config));
  const step = jit(({ learningRate, ...inputs }: Batch & { learningRate: tf.Scalar }) => {
    const { losses, gradients } = valueAndGradients(
      (current) => ({ loss: crossEntropy(head.logits(current, network.forward(current, inputs)), inputs.targets) }),
      weights,
    );
    optimizer.apply(gradients, learningRate);
    return { loss: losses.loss as tf.Tensor };
  });
  return { step, learningRate: tf.scalar(1e-3) };
}

function trainOn(setting: Setting, network: PromptHypernetwork): Program {
  const { step, learningRate } = trainStep(setting, network);
  return async () => read(await step({ ...setting.batch, learningRate }));
}

/** One round of SPT-DARTS, first order: gates, then weights, each over the open and the masked pass. */
function searchStep({ backbone, batch, random, size }: Setting): Program {
  const config = resolveSearchConfig({ promptLength: size.promptLength }, backbone.config);
  const layers = [...Array(size.layerCount).keys()];
  const network = new PromptHypernetwork(backbone, { ...config, layers });
  const head = createHead("cloze", backbone, LABEL_TOKENS);
  const weights = createVariables(network.initialWeights(random));
  const alphas = tf.variable(tf.zeros([size.layerCount]));
  const inputs = { ...batch, gateMask: tf.tensor1d(layers.map((layer) => layer % 2)) };
  const loss = (current: Weights, logits: tf.Tensor, at: typeof inputs) =>
    searchLoss(network, head, config, current, logits, at);
  const bilevel = new BilevelOptimizer({
    problem: { trainLoss: loss, validLoss: loss },
    weights,
    alphas,
    weightsOptimizer: createOptimizer(weights, config),
    alphasOptimizer: new AdamW({ alphas }, { betas: config.alphaBetas, weightDecay: 0 }),
    order: 1,
  });
  return async () => {
    await read(await bilevel.stepAlphas(inputs, inputs, 0.02, 0));
    await read(await bilevel.stepWeights(inputs, 1e-3));
  };
}

/** Class logits of a batch, with prompts at four late layers. */
function evaluation({ backbone, batch, random, size }: Setting): Program {
  const config = resolveRetrainConfig({ promptLength: size.promptLength }, backbone.config);
  const network = new PromptHypernetwork(backbone, { ...config, layers: lateLayers(size) });
  const head = createHead("cloze", backbone, LABEL_TOKENS);
  const weights = createVariables(network.initialWeights(random));
  const forward = jit((inputs: Batch) => ({
    logits: head.logits(weights, network.forward(weights, inputs)) as tf.Tensor,
  }));
  return async () => read(await forward(batch));
}

const options = ({ backbone, size }: Pick<Setting, "backbone" | "size">) =>
  resolveRetrainConfig({ promptLength: size.promptLength }, backbone.config);

async function read(outputs: Readonly<Record<string, tf.Tensor>>): Promise<void> {
  for (const output of Object.values(outputs)) await output.data();
  tf.dispose(outputs);
}
