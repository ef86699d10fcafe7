/** A pre-training run on disk: weights, optimiser and position, written atomically. */

import { stat } from "node:fs/promises";
import type * as tf from "@tensorflow/tfjs";
import { readSafetensors, writeSafetensors } from "../backbone/safetensors.js";
import { CheckpointError } from "../errors.js";
import type { WeightValues } from "./initialWeights.js";
import { type MaskedLm, readValues } from "./maskedLm.js";

/** One evaluation on the way. */
export interface CurvePoint {
  readonly step: number;
  readonly tokens: number;
  readonly minutes: number;
  readonly layers: number;
  readonly trainLoss: number;
  readonly clozeLoss: number | null;
  readonly heldOutLoss: number;
  readonly heldOutAccuracy: number;
}

/** Everything but tensors that a resumed run needs. */
export interface RunPosition {
  readonly step: number;
  readonly phase: number;
  readonly stepInPhase: number;
  readonly elapsedSeconds: number;
  /** Tokens that went through the model, padding included. */
  readonly tokens: number;
  /** Rows read from the corpus. */
  readonly rowCursor: number;
  readonly seed: number;
  readonly curve: readonly CurvePoint[];
}

/** A checkpoint as read: weights to build the model from, then optimiser values to assign. */
export interface StoredRun {
  readonly position: RunPosition;
  readonly weights: WeightValues;
  readonly optimizer: WeightValues;
}

/** Writes a checkpoint in place of the one at `path`. */
export async function writeCheckpoint(path: string, model: MaskedLm, position: RunPosition): Promise<void> {
  const named = (prefix: string, values: WeightValues): WeightValues =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
  const weights = named("weights/", await model.values());
  const optimizer = named("optimizer/", await readValues(model.optimizer.state()));
  await writeSafetensors(path, { ...weights, ...optimizer }, { position: JSON.stringify(position) });
}

/** The checkpoint at `path`; undefined when there is no such file. */
export async function readCheckpoint(path: string): Promise<StoredRun | undefined> {
  if (!(await stat(path).catch(() => null))) return undefined;
  const file = await readSafetensors(path);
  const { position } = file.metadata;
  if (position === undefined) {
    throw new CheckpointError(
      `${path} is no pre-training checkpoint: it has no position. Give the output folder of a run.`,
      { path },
    );
  }
  const part = (prefix: string): WeightValues =>
    Object.fromEntries(
      file.names
        .filter((name) => name.startsWith(prefix))
        .map((name) => [name.slice(prefix.length), { shape: file.shape(name), values: file.readFloats(name) }]),
    );
  return { position: JSON.parse(position) as RunPosition, weights: part("weights/"), optimizer: part("optimizer/") };
}

/**
 * Puts stored optimiser values into the model's optimiser.
 *
 * @param makeTensor  makes a tensor on the device
 * @throws CheckpointError  when the names differ, as after a change of the layer schedule
 */
export function restoreOptimizer(
  model: MaskedLm,
  stored: WeightValues,
  makeTensor: (values: Float32Array, shape: number[]) => tf.Tensor,
): void {
  for (const [name, variable] of Object.entries(model.optimizer.state())) {
    const value = stored[name];
    if (!value)
      throw new CheckpointError(
        `The checkpoint has no optimiser value "${name}". Resume with the settings of the first run.`,
        { name },
      );
    const tensor = makeTensor(value.values, [...value.shape]);
    variable.assign(tensor);
    tensor.dispose();
  }
}
