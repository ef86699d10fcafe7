/** The prompt-tuning baseline: one free prompt at the input layer, the same for every example. */

import { type RetrainOptions, type RetrainRecord, trainPrompts } from "./retrain.js";

/** What the baseline takes: as `retrain`, without layers. */
export type PromptTuningOptions = Omit<RetrainOptions, "layers">;

/**
 * Trains l prompt rows in front of the embedding output, with everything else as in `retrain`.
 *
 * @returns  a record that `evaluate` takes
 * @source Lester, Al-Rfou & Constant 2021. They put the prompt before the word embeddings and use a rate of 0.3 with
 *         Adafactor; ours goes behind the embeddings' LayerNorm, as SPT's prompts do, and is trained as they are
 */
export function promptTuning(options: PromptTuningOptions): Promise<RetrainRecord> {
  const config = { ...options.config, generator: "static" as const, tau: 1 };
  return trainPrompts("prompt-tuning", { ...options, layers: [0], config });
}
