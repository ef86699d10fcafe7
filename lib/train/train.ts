/** Training: the weights of a method's model, on the whole training split. */

import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { jit } from "../engine/index.js";
import { taskMetric } from "../metrics.js";
import { createHead, crossEntropy } from "../prompt/clozeHead.js";
import { countParameters, createVariables, disposeWeights, prefixed } from "../prompt/weights.js";
import { createRandom } from "../random.js";
import type { RunRecord } from "../runRecord.js";
import type { TrainingData } from "../task/task.js";
import { createVerbalizer } from "../task/verbalizer.js";
import { ActivationCache } from "./activationCache.js";
import { type Batch, type EncodedExample, ExampleStream, TaskReader } from "./batches.js";
import { saveCheckpoint, WEIGHTS_FILE } from "./checkpoint.js";
import { createOptimizer, learningRateAt, type TrainConfig } from "./config.js";
import { readScalar, valueAndGradients } from "./gradients.js";
import { Predictor } from "./predict.js";
import { identify, Run, type RunOptions } from "./run.js";
import { classLogits, type TunableModel, trainedParameters } from "./tunableModel.js";

/** What every training takes beside its method. */
export interface TrainOptions extends RunOptions {
  readonly backbone: Backbone;
  /** `train` is trained on; `dev` chooses the best step. */
  readonly data: TrainingData;
  /** Default 1. */
  readonly seed?: number;
  /** Keeps what depends on no trained weight for other runs on the same data; default: one of the run's own. */
  readonly activations?: ActivationCache;
}

/** A model to train, with all its settings. */
export interface ConfiguredModel<C extends TrainConfig = TrainConfig & Readonly<Record<string, unknown>>> {
  readonly config: C;
  readonly model: TunableModel;
}

/** The record of a training. */
export interface TrainRecord extends RunRecord {
  readonly config: TrainConfig & Readonly<Record<string, unknown>>;
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
 * Trains a model with AdamW, and keeps the weights that scored best on dev (the earliest of equals; the last without dev).
 * What depends on no trained weight is computed once where it is needed twice.
 *
 * @param kind  of the run: "retrain", or the id of a method
 * @returns     the record, also written to `<runDirectory>/<id>/record.json`; the weights lie beside it for `evaluate`
 * @throws DataError  when a label word is not one token
 */
export async function trainModel(
  kind: string,
  { config, model }: ConfiguredModel,
  options: TrainOptions,
): Promise<TrainRecord> {
  const { backbone, data, seed = 1 } = options;
  const run = new Run(identify(kind, { backbone, data, seed, config }), options);
  const finished = await run.finishedRecord<TrainRecord>();
  if (finished !== undefined) return finished;
  const memoryBytes = config.activationCacheMb * 2 ** 20;
  const activations = options.activations ?? new ActivationCache({ memoryBytes, directory: run.directory });
  try {
    return await train(run, { config, model }, { ...options, seed, activations });
  } finally {
    if (activations !== options.activations) activations.dispose();
  }
}

async function train(
  run: Run,
  { config, model }: ConfiguredModel,
  options: TrainOptions & Required<Pick<TrainOptions, "seed" | "activations">>,
): Promise<TrainRecord> {
  const { backbone, data, seed, activations } = options;
  const random = createRandom(seed).fork(run.identity.kind);
  const { tokenIds } = createVerbalizer(backbone.tokenizer, data.task.labelWords);
  const head = createHead(config.head, backbone, tokenIds);
  const reader = new TaskReader({ backbone, task: data.task, config });
  const examples = reader.encode(data.train);
  const stream = new ExampleStream(examples, config.batchSize, random.fork("train"));
  const dev = reader.encode(data.dev);
  const labels = dev.map(({ label }) => label);

  const weights = createVariables({ ...model.initialWeights(random), ...head.initialWeights(random.fork("head")) });
  const best = createVariables(
    Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight.clone()])),
  );
  const optimizer = createOptimizer(weights, config);
  const predictor = new Predictor(model, head, weights, reader);
  const trainStep = jit(({ learningRate, ...batch }: Batch & { learningRate: tf.Scalar }) => {
    const { losses, gradients } = valueAndGradients(
      (current) => ({ loss: crossEntropy(classLogits(model, head, current, batch), batch.targets) }),
      weights,
    );
    const gradientNorm = optimizer.apply(gradients, learningRate);
    return { loss: losses.loss, gradientNorm };
  });

  const fill = (list: readonly EncodedExample[], passes: number) =>
    config.activationCacheMb > 0 && passes >= 2
      ? run.prepare((watch) => activations.fill(list, { model, reader, ...watch }))
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
  const parameters = { parameterCount: countParameters(weights), parameterFormula: trainedParameters(model, head) };
  trainStep.dispose();
  predictor.dispose();
  disposeWeights(variables);
  return run.finish<TrainRecord>(status, { ...parameters, metrics, curves });
}
