/** Retraining: fresh prompt generators at the selected layers, on the whole training split. */

import { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import { type RetrainConfig, type RetrainConfigInput, resolveRetrainConfig } from "./config.js";
import { type TrainOptions, type TrainRecord, trainModel } from "./train.js";

/** What retraining takes. */
export interface RetrainOptions extends TrainOptions {
  /** Prompt layers, as `selectLayers` gives them. */
  readonly layers: readonly number[];
  readonly config?: RetrainConfigInput;
}

/** The record of a retraining. */
export interface RetrainRecord extends TrainRecord {
  readonly config: RetrainConfig & { readonly layers: readonly number[] } & Readonly<Record<string, unknown>>;
}

/**
 * Trains generators at `layers` with every gate at 1. Below the lowest of them there are no prompt rows, so nothing there
 * has a backward pass, and the states that come out of it are cached where they are needed twice.
 *
 * @returns  the record, also written to `<runDirectory>/<id>/record.json`; the weights lie beside it for `evaluate`
 * @throws ConfigError  when a setting or a layer is out of range; DataError, when a label word is not one token
 * @source METHOD.md, section 3
 */
export async function retrain(options: RetrainOptions): Promise<RetrainRecord> {
  const { backbone, layers } = options;
  const config = { layers, ...resolveRetrainConfig(options.config, backbone.config) };
  const model = new PromptHypernetwork(backbone, config);
  return (await trainModel("retrain", { config, model }, options)) as RetrainRecord;
}
