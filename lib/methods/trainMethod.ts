/** Training any method by its id: the one call that notebooks, sweeps and the command line share. */

import { taskMetric } from "../metrics.js";
import { writeRecord } from "../runRecord.js";
import { trainModel } from "../train/train.js";
import type { MethodOptions, MethodResult } from "./method.js";
import { recordedSettings } from "./recordedSettings.js";
import { findMethod } from "./registry.js";
import { loadTrained } from "./trainedModel.js";

/** What it takes: a method, its settings, a backbone, data and a seed. */
export interface TrainMethodOptions extends MethodOptions {
  /** Id of a method, such as "lora". */
  readonly method: string;
}

/**
 * Trains a method, all its stages. `resume` goes on with the stage that was stopped. A learning rate that `config` leaves open is
 * the one recorded for the backbone (see recordedSettings.ts), or else the published one.
 *
 * @returns  the last stage's record, which `evaluate` takes when it is completed, with `metrics.devMetric`; all are written
 *           to `runDirectory`
 * @throws ConfigError  when the method or a setting is unknown or out of range; DataError, when a label word is not one token
 */
export async function trainMethod({ method: id, ...options }: TrainMethodOptions): Promise<MethodResult> {
  const method = findMethod(id);
  const { config: given, ...others } = options;
  const config = { ...recordedSettings(id, others.backbone.hash), ...given };
  if (method.kind === "search") return scoreOnDev(await method.train({ ...others, config }), others);
  return { record: await trainModel(id, method.configure(others.backbone, config), others) };
}

/** Adds the score on dev to a completed record that has none, as a search's, on disk as well. */
async function scoreOnDev(result: MethodResult, { backbone, data }: MethodOptions): Promise<MethodResult> {
  const { record } = result;
  const isScored = record.metrics.devMetric !== undefined;
  if (record.status === "stopped" || isScored || data.dev.length === 0) return result;
  const trained = await loadTrained({ record, backbone, task: data.task });
  const predictions = await trained.predict(data.dev);
  trained.dispose();
  const labels = data.dev.map(({ label }) => label);
  const devMetric = taskMetric(data.task, labels, predictions);
  const scored = { ...record, metrics: { ...record.metrics, devMetric } };
  await writeRecord(scored);
  return { ...result, record: scored };
}
