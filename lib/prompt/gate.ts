/** Gates: the probability that a layer replaces its incoming prompt by a fresh one. */

import * as tf from "@tensorflow/tfjs";
import { ShapeError } from "../errors.js";

/** How gates are computed from their logits. */
export interface GateOptions {
  /** Let gates compete without changing their values; see `gates`. */
  readonly isReparameterised: boolean;
}

/**
 * Gate of every layer: a = sigmoid(alpha), and re-parameterised a_hat = a / sum(a) · stopgrad(sum(a)), which has the same
 * value but a gradient that sums to zero over the layers (weighted by a): one gate opens only as others close.
 *
 * @param alphas  architecture logits, [L], unbounded
 * @returns       gates, [L], each in (0, 1)
 * @throws ShapeError  when `alphas` is not one-dimensional
 * @source Zhu & Tan 2023 (learnable probabilistic gate, re-parameterised gates); starting value 0, METHOD.md section 3
 */
export function gates(alphas: tf.Tensor, { isReparameterised }: GateOptions): tf.Tensor1D {
  if (alphas.rank !== 1) {
    throw new ShapeError(`alphas must be one-dimensional, one logit per layer; got shape [${alphas.shape}].`, {
      shape: alphas.shape,
    });
  }
  const gate = alphas.sigmoid() as tf.Tensor1D;
  if (!isReparameterised) return gate;
  const sum = gate.sum();
  return gate.div(sum).mul(stopGradient(sum));
}

/**
 * Gates with some layers switched off. The mask multiplies after re-parameterisation, whose sum does not see it.
 *
 * @param gate  gates, [L]
 * @param mask  1 keeps a layer's gate, 0 closes it, [L]
 */
export function maskGates(gate: tf.Tensor1D, mask: tf.Tensor1D): tf.Tensor1D {
  return gate.mul(mask);
}

/** The value of `x`, treated as a constant by gradients. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const constant = tf.customGrad((input) => {
    const value = input as tf.Tensor;
    return { value: value.clone(), gradFunc: (dy: tf.Tensor | tf.Tensor[]) => tf.zerosLike(dy as tf.Tensor) };
  });
  return constant(x) as T;
}
