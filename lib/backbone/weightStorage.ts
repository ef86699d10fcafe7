/** How a backbone's matrices are held in memory; biases and LayerNorm are float32 always. */

import * as tf from "@tensorflow/tfjs";
import { frozenMatrix, holdsFrozen, int8Matrix } from "../engine/frozenMatrix.js";
import type { HalfType } from "../engine/halfPrecision.js";
import { quantizeInt8 } from "../engine/int8.js";
import { ConfigError } from "../errors.js";
import type { TensorSource } from "./checkpoint.js";
import type { WeightShapes } from "./family.js";
import { HALF_TYPES } from "./storedValues.js";

/**
 * Precision of the matrices in memory: "stored" is that of the checkpoint; "int8" rounds the layers' linear maps to
 * eight bits, and leaves the embeddings and the head as stored.
 */
export type WeightStorage = "stored" | "f32" | "f16" | "bf16" | "int8";

/** Weights in memory. */
export interface HeldWeights {
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  /** For run records: what was asked for, and what the device made of it. */
  readonly description: string;
  /** Whether a matrix has other values than the checkpoint's, rounded to fewer bits. */
  readonly isRounded: boolean;
}

const TYPES: Readonly<Record<Exclude<WeightStorage, "stored" | "int8">, HalfType | undefined>> = {
  f32: undefined,
  f16: "float16",
  bf16: "bfloat16",
};

/**
 * Reads the tensors of `shapes` one at a time. A device that holds float32 only gets half precision widened: the same
 * numbers in twice the memory.
 *
 * @param isOutputsFirst  whether the matrices of linear maps are [out, in]
 * @throws ConfigError      when `storage` is none of those above
 * @throws CheckpointError  when a matrix holds a number that is too large for half precision, or none at all
 */
export function holdWeights(
  files: TensorSource,
  shapes: WeightShapes,
  storage: WeightStorage,
  isOutputsFirst: boolean,
): HeldWeights {
  const matrices = Object.keys(shapes).filter((name) => isMatrix(shapes[name]));
  const stored = storedPrecision(files, matrices);
  const wanted = storage === "stored" ? stored : storage;
  if (wanted !== "int8" && !(wanted in TYPES)) {
    const known = ["stored", ...Object.keys(TYPES), "int8"].join(", ");
    throw new ConfigError(`weights must be one of ${known}; got "${wanted}".`, { weights: wanted });
  }
  const type = TYPES[wanted === "int8" ? stored : wanted];
  const hold = (name: string, shape: readonly number[]): tf.Tensor => {
    if (wanted === "int8" && isLinearMap(name, shape))
      return int8Matrix(quantizeInt8(files.readFloats(name), shape, isOutputsFirst));
    if (type !== undefined && isMatrix(shape)) return frozenMatrix(files.readHalves(name, type), shape, type);
    return tf.tensor(files.readFloats(name), [...shape], "float32");
  };
  const tensors: Record<string, tf.Tensor> = {};
  try {
    for (const [name, shape] of Object.entries(shapes)) tensors[name] = hold(name, shape);
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
  const isRounded = type !== undefined && matrices.some((name) => HALF_TYPES[files.dtype(name)] !== type);
  return {
    tensors,
    description: wanted === "f32" || holdsFrozen() ? wanted : `${wanted}, widened to f32`,
    isRounded: wanted === "int8" || isRounded,
  };
}

/** The half precision that all matrices of a checkpoint have; else f32. */
function storedPrecision(files: TensorSource, matrices: readonly string[]): "f32" | "f16" | "bf16" {
  const [dtype, ...others] = new Set(matrices.map((name) => files.dtype(name)));
  if (others.length > 0) return "f32";
  return dtype === "F16" ? "f16" : dtype === "BF16" ? "bf16" : "f32";
}

function isMatrix(shape: readonly number[] | undefined): shape is readonly [number, number] {
  return shape !== undefined && shape.length === 2;
}

/** Whether a tensor is a matrix of a numbered layer, all of which are linear maps. */
function isLinearMap(name: string, shape: readonly number[]): shape is readonly [number, number] {
  return isMatrix(shape) && /\.\d+\./.test(name);
}
