/** Trained models, read back from what a run left: its record and the weights beside it. */

import { join } from "node:path";
import { z } from "zod";
import type { Backbone } from "../backbone/backbone.js";
import { CheckpointError, ConfigError } from "../errors.js";
import { createHead } from "../prompt/clozeHead.js";
import { parseConfig } from "../prompt/config.js";
import { countParameters, createVariables, disposeWeights } from "../prompt/weights.js";
import { createRandom } from "../random.js";
import type { RunRecord } from "../runRecord.js";
import { searchConfigSchema } from "../search/config.js";
import type { Example, Task } from "../task/task.js";
import { createVerbalizer } from "../task/verbalizer.js";
import { TaskReader } from "../train/batches.js";
import { restoreCheckpoint, WEIGHTS_FILE } from "../train/checkpoint.js";
import { retrainConfigSchema } from "../train/config.js";
import { Predictor } from "../train/predict.js";
import type { ConfiguredModel } from "../train/train.js";
import { type ParameterFormula, type TunableModel, trainedParameters } from "../train/tunableModel.js";
import { configurePrompts } from "./layers.js";
import { findMethod } from "./registry.js";
import { sptHypernetwork } from "./spt/index.js";

/** What a trained model is read from, and what it is run on. */
export interface TrainedModelOptions {
  /** A training's record, or a search's: its network then has the gates that the search ended with. */
  readonly record: RunRecord;
  readonly backbone: Backbone;
  /** Template and label words of what it predicts. */
  readonly task: Task;
}

/** A trained model, ready to predict. */
export interface TrainedModel {
  readonly model: TunableModel;
  readonly reader: TaskReader;
  readonly predictor: Predictor;
  /** Numbers that were trained, the head's among them. */
  readonly parameterCount: number;
  readonly parameterFormula: ParameterFormula;
  /** Class logits of each example, in their order. */
  logits(examples: readonly Example[]): Promise<number[][]>;
  /** The class with the largest logit of each example. */
  predict(examples: readonly Example[]): Promise<number[]>;
  /** Frees the weights; the backbone stays. */
  dispose(): void;
}

/**
 * Reads a trained model.
 *
 * @throws ConfigError      when the run was stopped, or was on another backbone
 * @throws CheckpointError  when its weights are not there, or are of other settings
 */
export async function loadTrained({ record, backbone, task }: TrainedModelOptions): Promise<TrainedModel> {
  checkFits(record, backbone);
  const { config, model } = recordedModel(record, backbone);
  const { tokenIds } = createVerbalizer(backbone.tokenizer, task.labelWords);
  const head = createHead(config.head, backbone, tokenIds);
  const reader = new TaskReader({ backbone, task, config });
  const random = createRandom(record.seed);
  const weights = createVariables({ ...model.initialWeights(random), ...head.initialWeights(random) });
  const path = join(record.directory, WEIGHTS_FILE);
  if ((await restoreCheckpoint(path, weights)) === undefined) {
    disposeWeights(weights);
    throw new CheckpointError(
      `the trained weights must be in ${path}; there is no such file. Train again (the retrain cell of the notebook).`,
      { path },
    );
  }
  const predictor = new Predictor(model, head, weights, reader);
  return {
    model,
    reader,
    predictor,
    parameterCount: countParameters(weights),
    parameterFormula: trainedParameters(model, head),
    logits: (examples) => predictor.logits(reader.encode(examples)),
    predict: (examples) => predictor.predict(reader.encode(examples)),
    dispose: () => {
      predictor.dispose();
      disposeWeights(weights);
    },
  };
}

/** Settings of a retraining, as its record has them. */
const retrainedSchema = z.strictObject({ ...retrainConfigSchema.shape, layers: z.array(z.int()) });

/** What was trained, without its weights. */
function recordedModel({ kind, config }: RunRecord, backbone: Backbone): ConfiguredModel {
  if (kind === "search") return sptHypernetwork.configure(backbone, parseConfig(searchConfigSchema, config));
  if (kind !== "retrain") return findMethod(kind).configure(backbone, config);
  const { layers, ...settings } = parseConfig(retrainedSchema, config);
  return configurePrompts(backbone, settings, layers);
}

function checkFits(record: RunRecord, backbone: Backbone): void {
  if (record.status !== "completed") {
    throw new ConfigError(
      `a trained model needs a completed run; ${record.id} was stopped after ${record.finishedSteps} steps. Run it again with resume: true.`,
      { id: record.id, status: record.status },
    );
  }
  if (record.modelHash !== backbone.hash) {
    throw new ConfigError(
      `${record.id} was trained on ${record.modelName}; got ${backbone.name}, which has other weights. Load the backbone it was trained on.`,
      { expected: record.modelHash, got: backbone.hash },
    );
  }
}
