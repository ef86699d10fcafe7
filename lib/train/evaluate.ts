/** Evaluation: a trained model's metrics on one split. */

import type { Backbone } from "../backbone/backbone.js";
import { loadTrained } from "../methods/trainedModel.js";
import { accuracy, f1, macroF1, majorityShare } from "../metrics.js";
import type { RunRecord } from "../runRecord.js";
import type { TaskData } from "../task/task.js";
import type { ActivationCache } from "./activationCache.js";
import { groupByLength } from "./batches.js";
import { identify, Run, type RunOptions } from "./run.js";

/** What an evaluation takes. */
export interface EvaluateOptions extends RunOptions {
  readonly backbone: Backbone;
  readonly data: TaskData;
  /** The record of any training, or of a search, whose network is taken with its gates; weights are read from its folder. */
  readonly retrained: RunRecord;
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
 * Predicts every example of `split` with the trained weights.
 *
 * @returns  the record, also written to `<runDirectory>/<id>/record.json`
 * @throws ConfigError      when the training was stopped, or was on another backbone
 * @throws CheckpointError  when its weights are not there
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateRecord> {
  const { backbone, data, retrained, split = "test" } = options;
  const { seed } = retrained;
  const run = new Run(
    identify("evaluate", { backbone, data, seed, config: { split, retrained: retrained.id } }),
    options,
  );
  const finished = await run.finishedRecord<EvaluateRecord>();
  if (finished !== undefined) return finished;

  const { model, reader, predictor, parameterCount, parameterFormula, dispose } = await loadTrained({
    record: retrained,
    backbone,
    task: data.task,
  });
  const examples = reader.encode(split === "test" ? data.test.open(retrained.id) : data[split]);
  const frozen = await run.prepare((watch) => options.activations?.fill(examples, { model, reader, ...watch }));
  const groups = groupByLength(examples);
  const curves = { predictions: Array<number>(examples.length).fill(0) };
  const status = await run.advance(groups.length, { variables: {}, curves }, async (step) => {
    const group = groups[step] ?? [];
    const classes = await predictor.predictGroup(examples, group, frozen);
    group.forEach((example, i) => {
      curves.predictions[example] = classes[i] ?? 0;
    });
    return {};
  });

  const labels = examples.map(({ label }) => label);
  const metrics = status === "completed" ? score(labels, curves.predictions, data.task.labels.length) : {};
  dispose();
  return run.finish<EvaluateRecord>(status, { parameterCount, parameterFormula, metrics, curves });
}

function score(labels: readonly number[], predictions: readonly number[], classCount: number): Record<string, number> {
  return {
    accuracy: accuracy(labels, predictions),
    ...(classCount === 2 ? { f1: f1(labels, predictions) } : {}),
    macroF1: macroF1(labels, predictions),
    majority: majorityShare(labels),
  };
}
