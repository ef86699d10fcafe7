/** Losses with their gradients, by weight name, in a form that can be traced. */

import * as tf from "@tensorflow/tfjs";
import type { Weights } from "../prompt/weights.js";

/** A scalar to minimise, and further tensors worth watching. */
export interface Losses {
  readonly loss: tf.Scalar;
  readonly [name: string]: tf.Tensor;
}

/**
 * Gradient of `losses.loss` with respect to every tensor of `weights`.
 *
 * @param compute  losses as a function of the weights; called once
 * @returns        what `compute` returned, and a gradient of each weight's shape under its name
 */
export function valueAndGradients<L extends Losses>(
  compute: (weights: Weights) => L,
  weights: Weights,
): { readonly losses: L; readonly gradients: Record<string, tf.Tensor> } {
  const names = Object.keys(weights);
  let watched: Record<string, tf.Tensor> = {};
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const losses = compute(Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor])));
    // tfjs frees what is made in here, except its result: copies of the others are kept across that border.
    watched = Object.fromEntries(Object.entries(losses).map(([name, tensor]) => [name, tf.keep(tensor.clone())]));
    return losses.loss;
  })(Object.values(weights));
  value.dispose();
  const losses = Object.fromEntries(Object.entries(watched).map(([name, tensor]) => [name, tensor.clone()])) as L;
  for (const tensor of Object.values(watched)) tensor.dispose();
  return { losses, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor])) };
}

/** The value of a scalar that a step returned. */
export async function readScalar(tensor: tf.Tensor | undefined): Promise<number> {
  return (await tensor?.data())?.[0] ?? Number.NaN;
}
