/** Weights by their Hugging Face names, and the layers that every family builds from them. */

import * as tf from "@tensorflow/tfjs";
import { layerNorm, linear } from "../engine/nn.js";
import { CheckpointError } from "../errors.js";
import type { Adapt, WeightShapes, Weights } from "./family.js";

/** Reads weights by name; each function throws CheckpointError for a name that is not there. */
export interface NamedWeights {
  weight(name: string): tf.Tensor;
  /** Affine map with `<name>.weight` [out, in], or [in, out], and `<name>.bias` [out]: [N, in] -> [N, out]; adapted. */
  dense(x: tf.Tensor2D, name: string, isOutputsFirst?: boolean): tf.Tensor2D;
  /** What methods make of a map's output; undefined where nothing is adapted. */
  readonly adapt: Adapt | undefined;
  /** Layer normalisation of the last axis with `<name>.weight` and `<name>.bias`. */
  norm<T extends tf.Tensor>(x: T, name: string): T;
  /** Rows of the table `<name>.weight` [V, D]: [B, T] int32 -> [B, T, D]. */
  lookUp(name: string, ids: tf.Tensor2D): tf.Tensor3D;
}

/** @param layerNormEps  added to every variance in `norm` */
export function nameWeights(weights: Weights, layerNormEps: number, adapt?: Adapt): NamedWeights {
  const weight = (name: string): tf.Tensor => {
    const found = weights[name];
    if (found !== undefined) return found;
    throw new CheckpointError(`The model has no weight "${name}". Load a checkpoint that holds it.`, { name });
  };
  return {
    weight,
    dense: (x, name, isOutputsFirst) => {
      const output = linear(x, weight(`${name}.weight`), weight(`${name}.bias`), isOutputsFirst);
      return adapt === undefined ? output : adapt(name, x, output);
    },
    adapt,
    norm: (x, name) => layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), layerNormEps),
    lookUp: (name, ids) => {
      const table = weight(`${name}.weight`) as tf.Tensor2D;
      const [B, T] = ids.shape;
      return tf.reshape(tf.gather(table, tf.reshape(ids, [B * T])), [B, T, table.shape[1]]); // [B, T] -> [B, T, D]
    },
  };
}

/** Shapes of what `dense` reads, and, with one size, of what `norm` reads. */
export function pairShapes(name: string, outputs: number, ...inputs: readonly number[]): WeightShapes {
  return { [`${name}.weight`]: [outputs, ...inputs], [`${name}.bias`]: [outputs] };
}

/** Positions 0 to T - 1 for every row of token ids: [B, T] -> [1, T] int32. */
export function countPositions(inputIds: tf.Tensor2D): tf.Tensor2D {
  const T = inputIds.shape[1];
  return tf.tensor2d(
    Array.from({ length: T }, (_, i) => i),
    [1, T],
    "int32",
  );
}
