/** How a backbone's matrices are held in memory; biases and LayerNorm are float32 always. */

import * as tf from "@tensorflow/tfjs";
import { frozenMatrix, holdsHalf } from "../engine/frozenMatrix.js";
import type { HalfType } from "../engine/halfPrecision.js";
import { ConfigError } from "../errors.js";
import type { TensorSource } from "./checkpoint.js";
import type { WeightShapes } from "./family.js";
import { HALF_TYPES } from "./storedValues.js";

/** Precision of the matrices in memory; "stored" is that of the checkpoint. */
export type WeightStorage = "stored" | "f32" | "f16" | "bf16";

/** Weights in memory. */
export interface HeldWeights {
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  /** For run records: what was asked for, and what the device made of it. */
  readonly description: string;
  /** Whether a matrix has other values than the checkpoint's, rounded to fewer bits. */
  readonly isRounded: boolean;
}

const TYPES: Readonly<Record<Exclude<WeightStorage, "stored">, HalfType | undefined>> = {
  f32: undefined,
  f16: "float16",
  bf16: "bfloat16",
};

/**
 * Reads the tensors of `shapes` one at a time. A device that holds float32 only gets half precision widened: the same
 * numbers in twice the memory.
 *
 * @throws ConfigError      when `storage` is none of those above
 * @throws CheckpointError  when a matrix holds a number that is too large for half precision, or none at all
 */
export function holdWeights(files: TensorSource, shapes: WeightShapes, storage: WeightStorage): HeldWeights {
  const matrices = Object.keys(shapes).filter((name) => isMatrix(shapes[name]));
  const wanted = storage === "stored" ? storedPrecision(files, matrices) : storage;
  if (!(wanted in TYPES)) {
    const known = ["stored", ...Object.keys(TYPES)].join(", ");
    throw new ConfigError(`weights must be one of ${known}; got "${wanted}".`, { weights: wanted });
  }
  const type = TYPES[wanted];
  const tensors: Record<string, tf.Tensor> = {};
  try {
    for (const [name, shape] of Object.entries(shapes)) {
      tensors[name] =
        type !== undefined && isMatrix(shape)
          ? frozenMatrix(files.readHalves(name, type), shape, type)
          : tf.tensor(files.readFloats(name), [...shape], "float32");
    }
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
  return {
    tensors,
    description: type === undefined || holdsHalf() ? wanted : `${wanted}, widened to f32`,
    isRounded: type !== undefined && matrices.some((name) => HALF_TYPES[files.dtype(name)] !== type),
  };
}

/** The half precision that all matrices of a checkpoint have; else f32. */
function storedPrecision(files: TensorSource, matrices: readonly string[]): "f32" | "f16" | "bf16" {
  const [dtype, ...others] = new Set(matrices.map((name) => files.dtype(name)));
  if (others.length > 0) return "f32";
  return dtype === "F16" ? "f16" : dtype === "BF16" ? "bf16" : "f32";
}

function isMatrix(shape: readonly number[] | undefined): boolean {
  return shape !== undefined && shape.length > 1;
}
