/** The prompt-tuning baseline under a name of its own. */

import { promptTuningMethod } from "../methods/promptTuning/index.js";
import type { RetrainConfigInput } from "./config.js";
import { type TrainOptions, type TrainRecord, trainModel } from "./train.js";

/** What the baseline takes: as `retrain`, without layers. */
export interface PromptTuningOptions extends TrainOptions {
  readonly config?: Omit<RetrainConfigInput, "generator" | "tau">;
}

/**
 * Trains l prompt rows in front of the embedding output, with everything else as in `retrain`.
 *
 * @returns  a record that `evaluate` takes
 */
export async function promptTuning(options: PromptTuningOptions): Promise<TrainRecord> {
  return trainModel("prompt-tuning", promptTuningMethod.configure(options.backbone, options.config), options);
}
