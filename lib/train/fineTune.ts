/** Full fine-tuning under a name of its own: what prompts are measured against. */

import type { z } from "zod";
import type { fullConfigSchema } from "../methods/full/config.js";
import { full } from "../methods/full/index.js";
import { type TrainOptions, type TrainRecord, trainModel } from "./train.js";

/** What fine-tuning takes. */
export interface FineTuneOptions extends TrainOptions {
  readonly config?: z.input<typeof fullConfigSchema>;
}

/**
 * Trains copies of all weights; the backbone stays as it is.
 *
 * @returns  a record that `evaluate` takes
 */
export async function fineTune(options: FineTuneOptions): Promise<TrainRecord> {
  return trainModel("full", full.configure(options.backbone, options.config), options);
}
