/** Trained tensors by name: what an optimiser updates, a checkpoint stores and a gradient is taken of. */

import * as tf from "@tensorflow/tfjs";
import { CheckpointError } from "../errors.js";

/** Named tensors that a forward pass reads, such as `gen.3.down.B`; variables, or values computed from them. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** Named variables that an optimiser updates. */
export type Variables = Readonly<Record<string, tf.Variable>>;

/**
 * The weight called `name`.
 *
 * @throws CheckpointError  when there is none
 */
export function weightOf<T extends tf.Tensor>(weights: Weights, name: string): T {
  const weight = weights[name];
  if (weight === undefined) {
    const known = Object.keys(weights).slice(0, 6).join(", ");
    throw new CheckpointError(
      `the weights must hold "${name}"; they hold ${known || "nothing"}. Load weights that were trained with the same layers and generator.`,
      { name },
    );
  }
  return weight as T;
}

/** Turns initial values into trainable variables; the values are disposed. */
export function createVariables(values: Weights): Record<string, tf.Variable> {
  const variables: Record<string, tf.Variable> = {};
  for (const [name, value] of Object.entries(values)) {
    variables[name] = tf.variable(value, true);
    value.dispose();
  }
  return variables;
}

/** How many numbers are trained. */
export function countParameters(weights: Weights): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight.size, 0);
}

/** Frees every tensor. */
export function disposeWeights(weights: Weights): void {
  for (const weight of Object.values(weights)) weight.dispose();
}

/** The same tensors under names that start with `prefix`. */
export function prefixed<T extends tf.Tensor>(prefix: string, tensors: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}
