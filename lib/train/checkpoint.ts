/** Checkpoints: tensors and a JSON state in one safetensors file, so that both change together or not at all. */

import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { readSafetensors, type TensorToWrite, writeSafetensors } from "../backbone/safetensors.js";
import { CheckpointError } from "../errors.js";
import type { Variables, Weights } from "../prompt/weights.js";

/** Where a run's trained weights lie, in the folder of its record. */
export const WEIGHTS_FILE = "weights.safetensors";

/** Writes every tensor as float32, and `state` as JSON in the file's metadata. */
export async function saveCheckpoint(path: string, tensors: Weights, state: unknown = {}): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const contents: Record<string, TensorToWrite> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    contents[name] = { shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
  }
  await writeSafetensors(path, contents, { state: JSON.stringify(state) });
}

/**
 * Assigns stored values to `variables`.
 *
 * @returns  the state saved beside them, or undefined when there is no such file
 * @throws CheckpointError  when a variable is missing from the file or has another shape there
 */
export async function restoreCheckpoint<S>(path: string, variables: Variables): Promise<S | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await readSafetensors(path);
  for (const [name, variable] of Object.entries(variables)) {
    if (!file.has(name) || String(file.shape(name)) !== String(variable.shape)) {
      const found = file.has(name) ? `it has shape [${file.shape(name)}]` : "it is not there";
      throw new CheckpointError(
        `${path} must hold "${name}" with shape [${variable.shape}]; ${found}. Delete the file, or use the settings it was written with.`,
        { path, name, expected: variable.shape },
      );
    }
    const value = tf.tensor(file.readFloats(name), variable.shape);
    variable.assign(value);
    value.dispose();
  }
  return JSON.parse(file.metadata.state ?? "{}") as S;
}

/** Removes a checkpoint that is no longer needed. */
export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}
