/** A linear layer whose matrix is a sum of Kronecker products, with about 1/n of a dense layer's parameters. */

import * as tf from "@tensorflow/tfjs";
import { ConfigError, ShapeError } from "../errors.js";
import type { Random } from "../random.js";
import type { ParameterFormula } from "../train/tunableModel.js";
import { type Weights, weightOf } from "./weights.js";

/** Sizes of a layer and the name its weights go by: `<name>.A`, `<name>.B`, `<name>.b`. */
export interface PhmLinearOptions {
  readonly name: string;
  readonly inSize: number;
  readonly outSize: number;
  /** n: how many Kronecker products are summed; 1 is a dense layer, which has no `A`. */
  readonly phmDim: number;
}

/**
 * y = x W^T + b with W = sum_k A[k] (x) B[k]; A [n, n, n], B [n, out/n, in/n], b [out].
 *
 * @source Zhang et al. 2021, "Beyond Fully-Connected Layers with Quaternions: Parameterization of Hypercomplex Multiplications with 1/n Parameters"
 */
export class PhmLinear {
  /** @throws ConfigError  when `phmDim` does not divide both sizes */
  constructor(readonly options: PhmLinearOptions) {
    const { name, inSize, outSize, phmDim } = options;
    if (!Number.isInteger(phmDim) || phmDim < 1 || inSize % phmDim !== 0 || outSize % phmDim !== 0) {
      throw new ConfigError(
        `phmDim must divide ${inSize} and ${outSize} (the sizes of ${name}); got ${phmDim}. Choose a common divisor, or 1 for a dense layer.`,
        { phmDim, inSize, outSize },
      );
    }
  }

  /**
   * Fresh weights such that each entry of W has variance scale²/in and y is about as large as scale · x.
   * The bias starts at zero.
   *
   * @source ours: LeCun's variance, split evenly over the n products
   */
  initialWeights(random: Random, scale = 1): Record<string, tf.Tensor> {
    const { name, inSize, outSize, phmDim: n } = this.options;
    const weights: Record<string, tf.Tensor> = {};
    if (n > 1) weights[`${name}.A`] = normalTensor([n, n, n], 1 / Math.sqrt(n), random);
    weights[`${name}.B`] = normalTensor([n, outSize / n, inSize / n], scale / Math.sqrt(inSize), random);
    weights[`${name}.b`] = tf.zeros([outSize]);
    return weights;
  }

  /** W, [out, in]. */
  matrix(weights: Weights): tf.Tensor2D {
    const { name, inSize, outSize, phmDim: n } = this.options;
    const B = weightOf<tf.Tensor3D>(weights, `${name}.B`);
    if (n === 1) return B.reshape([outSize, inSize]);
    const A = weightOf<tf.Tensor3D>(weights, `${name}.A`);
    const p = outSize / n;
    const q = inSize / n;
    // W[i*p+u, j*q+v] = sum_k A[k, i, j] B[k, u, v]: one matrix product over k, then the axes change places.
    const products = tf.matMul(A.reshape([n, n * n]), B.reshape([n, p * q]), true, false); // -> [n*n, p*q]
    return products.reshape([n, n, p, q]).transpose([0, 2, 1, 3]).reshape([outSize, inSize]);
  }

  /**
   * @param x  [..., in]
   * @returns  [..., out]
   * @throws ShapeError  when the last dimension of `x` is not `inSize`
   */
  apply(weights: Weights, x: tf.Tensor): tf.Tensor {
    const { name, inSize, outSize } = this.options;
    if (x.shape.at(-1) !== inSize) {
      throw new ShapeError(`${name} takes rows of ${inSize} numbers; got a tensor of shape [${x.shape}].`, {
        expected: inSize,
        shape: x.shape,
      });
    }
    const rows = tf.matMul(x.reshape([-1, inSize]), this.matrix(weights), false, true); // [..., in] -> [rows, out]
    return rows.add(weightOf(weights, `${name}.b`)).reshape([...x.shape.slice(0, -1), outSize]);
  }
}

/** How many numbers a layer trains: n³ + in·out/n + out, and in·out + out of a dense one. */
export function phmParameters(inSize: number, outSize: number, phmDim: number): ParameterFormula {
  const n = phmDim;
  if (n === 1) return { text: `(${inSize}·${outSize} + ${outSize})`, count: inSize * outSize + outSize };
  return {
    text: `(${n}³ + ${inSize}·${outSize}/${n} + ${outSize})`,
    count: n ** 3 + (inSize * outSize) / n + outSize,
  };
}

/** Normal numbers with the given standard deviation, drawn in row-major order. */
export function normalTensor(shape: number[], deviation: number, random: Random): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal() * deviation),
    shape,
    "float32",
  );
}
