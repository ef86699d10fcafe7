/** Retraining: fresh prompt generators at the selected layers, on the whole training split. */

import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { jit } from "../engine/index.js";
import { taskMetric } from "../metrics.js";
import { createHead, crossEntropy } from "../prompt/clozeHead.js";
import { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import { countParameters, createVariables, disposeWeights, prefixed } from "../prompt/weights.js";
import { createRandom } from "../random.js";
import type { RunRecord } from "../runRecord.js";
import type { TrainingData } from "../task/task.js";
import { createVerbalizer } from "../task/verbalizer.js";
import { ActivationCache } from "./activationCache.js";
import { type Batch, type EncodedExample, ExampleStream, TaskReader } from "./batches.js";
import { saveCheckpoint, WEIGHTS_FILE } from "./checkpoint.js";
import {
  createOptimizer,
  learningRateAt,
  type RetrainConfig,
  type RetrainConfigInput,
  resolveRetrainConfig,
} from "./config.js";
import { readScalar, valueAndGradients } from "./gradients.js";
import { Predictor } from "./predict.js";
import { identify, Run, type RunOptions } from "./run.js";

/** What retraining takes. */
export interface RetrainOptions extends RunOptions {
  readonly backbone: Backbone;
  /** `train` is trained on; `dev` chooses the best step. */
  readonly data: TrainingData;
  /** Prompt layers, as `selectLayers` gives them. */
  readonly layers: readonly number[];
  readonly config?: RetrainConfigInput;
  /** Default 1. */
  readonly seed?: number;
  /** Keeps the states below the prompts for other runs on the same data; default: one of the run's own. */
  readonly activations?: ActivationCache;
}

/** The record of a retraining, or of a baseline that trains in the same way. */
export interface RetrainRecord extends RunRecord {
  readonly config: RetrainConfig & { readonly layers: readonly number[] } & Record<string, unknown>;
  readonly curves: {
    /** Loss on each step's batch, before the step. */
    readonly trainLoss: readonly number[];
    /** The task's metric on dev, every `evaluateEvery` steps and at the end. */
    readonly devMetric: readonly number[];
    /** Steps finished at each value of `devMetric`. */
    readonly devStep: readonly number[];
  };
}

/**
 * Trains generators at `layers` with every gate at 1. Below the lowest of them there are no prompt rows, so nothing there
 * has a backward pass, and the states that come out of it are cached where they are needed twice. Keeps the weights that scored best on dev (the earliest of equals; the last without dev).
 *
 * @returns  the record, also written to `<runDirectory>/<id>/record.json`; the weights lie beside it for `evaluate`
 * @throws ConfigError  when a setting or a layer is out of range; DataError, when a label word is not one token
 * @source METHOD.md, section 3
 */
export function retrain(options: RetrainOptions): Promise<RetrainRecord> {
  return trainPrompts("retrain", options);
}

/** `retrain` under the name of the method that is trained. */
export async function trainPrompts(kind: "retrain" | "prompt-tuning", options: RetrainOptions): Promise<RetrainRecord> {
  const { backbone, data, layers, seed = 1 } = options;
  const config = resolveRetrainConfig(options.config, backbone.config);
  const run = new Run(identify(kind, { backbone, data, seed, config: { layers, ...config } }), options);
  const finished = await run.finishedRecord<RetrainRecord>();
  if (finished !== undefined) return finished;
  const memoryBytes = config.activationCacheMb * 2 ** 20;
  const activations = options.activations ?? new ActivationCache({ memoryBytes, directory: run.directory });
  try {
    return await train(run, config, { ...options, seed, activations });
  } finally {
    if (activations !== options.activations) activations.dispose();
  }
}

async function train(
  run: Run,
  config: RetrainConfig,
  options: RetrainOptions & Required<Pick<RetrainOptions, "seed" | "activations">>,
): Promise<RetrainRecord> {
  const { backbone, data, layers, seed, activations } = options;
  const { kind } = run.identity;
  const random = createRandom(seed).fork(kind);
  const network = new PromptHypernetwork(backbone, { ...config, layers });
  const { tokenIds } = createVerbalizer(backbone.tokenizer, data.task.labelWords);
  const head = createHead(config.head, backbone, tokenIds);
  const reader = new TaskReader({ backbone, task: data.task, config });
  const examples = reader.encode(data.train);
  const stream = new ExampleStream(examples, config.batchSize, random.fork("train"));
  const dev = reader.encode(data.dev);
  const labels = dev.map(({ label }) => label);

  const weights = createVariables({ ...network.initialWeights(random), ...head.initialWeights(random.fork("head")) });
  const best = createVariables(
    Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight.clone()])),
  );
  const optimizer = createOptimizer(weights, config);
  const predictor = new Predictor(network, head, weights, reader);
  const trainStep = jit(({ learningRate, ...batch }: Batch & { learningRate: tf.Scalar }) => {
    const { losses, gradients } = valueAndGradients((current) => {
      return { loss: crossEntropy(head.logits(current, network.forward(current, batch)), batch.targets) };
    }, weights);
    const gradientNorm = optimizer.apply(gradients, learningRate);
    return { loss: losses.loss, gradientNorm };
  });

  const fill = (list: readonly EncodedExample[], passes: number) =>
    config.activationCacheMb > 0 && passes >= 2
      ? run.prepare((watch) => activations.fill(list, { network, reader, ...watch }))
      : undefined;
  const trainStates = await fill(examples, (config.steps * config.batchSize) / examples.length);
  const devStates = await fill(dev, Math.ceil(config.steps / config.evaluateEvery));

  const curves = { trainLoss: [] as number[], devMetric: [] as number[], devStep: [] as number[] };
  const variables = {
    ...prefixed("weights.", weights),
    ...prefixed("best.", best),
    ...prefixed("optimizer.", optimizer.state()),
  };
  const learningRate = learningRateAt(config);
  const status = await run.advance(config.steps, { variables, curves }, async (step) => {
    const inputs = { ...reader.batch(stream.batchAt(step), trainStates), learningRate: tf.scalar(learningRate(step)) };
    const outputs = await trainStep(inputs);
    const trainLoss = await readScalar(outputs.loss);
    curves.trainLoss.push(trainLoss);
    tf.dispose([inputs, outputs]);
    const done = step + 1;
    if (done % config.evaluateEvery === 0 || done === config.steps) {
      const score = taskMetric(data.task, labels, await predictor.predict(dev, devStates));
      const isBest = dev.length === 0 || score > Math.max(-1, ...curves.devMetric);
      if (isBest) for (const [name, variable] of Object.entries(best)) variable.assign(weights[name] as tf.Variable);
      curves.devMetric.push(score);
      curves.devStep.push(done);
    }
    const devMetric = curves.devMetric.at(-1);
    return { trainLoss, ...(devMetric === undefined ? {} : { devMetric }) };
  });

  if (status === "completed") await saveCheckpoint(join(run.directory, WEIGHTS_FILE), best);
  const devMetric = Math.max(...curves.devMetric);
  const metrics = { devMetric, bestStep: curves.devStep[curves.devMetric.indexOf(devMetric)] ?? 0 };
  const parameterCount = countParameters(weights);
  trainStep.dispose();
  predictor.dispose();
  disposeWeights(variables);
  return run.finish<RetrainRecord>(status, { parameterCount, metrics, curves });
}
