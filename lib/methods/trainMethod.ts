/** Training any method by its id: the one call that notebooks, sweeps and the command line share. */

import { trainModel } from "../train/train.js";
import type { MethodOptions, MethodResult } from "./method.js";
import { findMethod } from "./registry.js";

/** What it takes: a method, its settings, a backbone, data and a seed. */
export interface TrainMethodOptions extends MethodOptions {
  /** Id of a method, such as "lora". */
  readonly method: string;
}

/**
 * Trains a method, all its stages. `resume` goes on with the stage that was stopped.
 *
 * @returns  the last stage's record, which `evaluate` takes when it is completed; all are written to `runDirectory`
 * @throws ConfigError  when the method or a setting is unknown or out of range; DataError, when a label word is not one token
 */
export async function trainMethod({ method: id, ...options }: TrainMethodOptions): Promise<MethodResult> {
  const method = findMethod(id);
  if (method.kind === "search") return method.train(options);
  const { config, ...others } = options;
  return { record: await trainModel(id, method.configure(options.backbone, config), others) };
}
