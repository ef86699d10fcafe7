/** Evaluation: a retrained model's metrics on one split. */

import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { CheckpointError, ConfigError } from "../errors.js";
import { accuracy, f1, macroF1, majorityShare } from "../metrics.js";
import { createHead } from "../prompt/clozeHead.js";
import { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import { countParameters, createVariables, disposeWeights } from "../prompt/weights.js";
import { createRandom } from "../random.js";
import type { RunRecord } from "../runRecord.js";
import type { TaskData } from "../task/task.js";
import { createVerbalizer } from "../task/verbalizer.js";
import type { ActivationCache } from "./activationCache.js";
import { groupByLength, TaskReader } from "./batches.js";
import { restoreCheckpoint, WEIGHTS_FILE } from "./checkpoint.js";
import { Predictor } from "./predict.js";
import type { RetrainRecord } from "./retrain.js";
import { identify, Run, type RunOptions } from "./run.js";

/** What an evaluation takes. */
export interface EvaluateOptions extends RunOptions {
  readonly backbone: Backbone;
  readonly data: TaskData;
  /** The record of `retrain` or `promptTuning`; its weights are read from its folder. */
  readonly retrained: RetrainRecord;
  /** Default "test". */
  readonly split?: "train" | "dev" | "test";
  /** Keeps the states below the prompts for other evaluations of the same split; without it they are computed here only. */
  readonly activations?: ActivationCache;
}

/** The record of an evaluation. */
export interface EvaluateRecord extends RunRecord {
  /** Shares from 0 to 1: `accuracy`, `macroF1`, `majority` (of the most frequent label); with two classes `f1` of class 1. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly curves: { readonly predictions: readonly number[] };
}

/**
 * Predicts every example of `split` with the retrained weights.
 *
 * @returns  the record, also written to `<runDirectory>/<id>/record.json`
 * @throws ConfigError      when the retraining was stopped, or was of another backbone
 * @throws CheckpointError  when its weights are not there
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateRecord> {
  const { backbone, data, retrained, split = "test" } = options;
  checkFits(retrained, backbone);
  const { config, seed } = retrained;
  const run = new Run(
    identify("evaluate", { backbone, data, seed, config: { split, retrained: retrained.id } }),
    options,
  );
  const finished = await run.finishedRecord<EvaluateRecord>();
  if (finished !== undefined) return finished;

  const network = new PromptHypernetwork(backbone, config);
  const { tokenIds } = createVerbalizer(backbone.tokenizer, data.task.labelWords);
  const head = createHead(config.head, backbone, tokenIds);
  const reader = new TaskReader({ backbone, task: data.task, config });
  const examples = reader.encode(split === "test" ? data.test.open(retrained.id) : data[split]);
  const random = createRandom(seed);
  const weights = createVariables({ ...network.initialWeights(random), ...head.initialWeights(random) });
  await restoreWeights(join(retrained.directory, WEIGHTS_FILE), weights);

  const predictor = new Predictor(network, head, weights, reader);
  const lowerStates = await run.prepare((watch) => options.activations?.fill(examples, { network, reader, ...watch }));
  const groups = groupByLength(examples);
  const curves = { predictions: Array<number>(examples.length).fill(0) };
  const status = await run.advance(groups.length, { variables: {}, curves }, async (step) => {
    const group = groups[step] ?? [];
    const classes = await predictor.predictGroup(examples, group, lowerStates);
    group.forEach((example, i) => {
      curves.predictions[example] = classes[i] ?? 0;
    });
    return {};
  });

  const labels = examples.map(({ label }) => label);
  const metrics = status === "completed" ? score(labels, curves.predictions, head.classCount) : {};
  const parameterCount = countParameters(weights);
  predictor.dispose();
  disposeWeights(weights);
  return run.finish<EvaluateRecord>(status, { parameterCount, metrics, curves });
}

function score(labels: readonly number[], predictions: readonly number[], classCount: number): Record<string, number> {
  return {
    accuracy: accuracy(labels, predictions),
    ...(classCount === 2 ? { f1: f1(labels, predictions) } : {}),
    macroF1: macroF1(labels, predictions),
    majority: majorityShare(labels),
  };
}

function checkFits(retrained: RetrainRecord, backbone: Backbone): void {
  if (retrained.status !== "completed") {
    throw new ConfigError(
      `evaluate needs a completed retraining; ${retrained.id} was stopped after ${retrained.finishedSteps} steps. Run the retrain cell with resume: true.`,
      { id: retrained.id, status: retrained.status },
    );
  }
  if (retrained.modelHash !== backbone.hash) {
    throw new ConfigError(
      `${retrained.id} was trained on ${retrained.modelName}; got ${backbone.name}, which has other weights. Load the backbone it was trained on.`,
      { expected: retrained.modelHash, got: backbone.hash },
    );
  }
}

async function restoreWeights(path: string, weights: Readonly<Record<string, tf.Variable>>): Promise<void> {
  if ((await restoreCheckpoint(path, weights)) !== undefined) return;
  throw new CheckpointError(
    `the retrained weights must be in ${path}; there is no such file. Run the retrain cell again.`,
    {
      path,
    },
  );
}
