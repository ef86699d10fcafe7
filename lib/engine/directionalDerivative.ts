/** Exact derivatives along a direction, of functions that may take gradients inside: forward mode, kernel by kernel. */

import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../errors.js";
import type { TensorMap } from "./jit.js";
import { type KernelInputs, tangentRules } from "./tangentRules.js";

/**
 * d/dt f(x + t·v) at t = 0. Where f is a gradient, this is a product of second derivatives with v.
 *
 * While `compute` runs, each kernel that reads what depends on x is followed by a rule for the change of its outputs, in
 * backward passes, too. tfjs cannot take gradients of gradients: what a kernel saves of its outputs is a constant to it.
 *
 * @param compute    f; called once
 * @param points     x, by name
 * @param direction  v, by the same names and of the same shapes
 * @returns          of the shape of f(x)
 * @throws ConfigError  for a kernel that has no rule
 * @source Pearlmutter 1994, "Fast Exact Multiplication by the Hessian"
 */
export function directionalDerivative<T extends TensorMap>(
  compute: (points: T) => tf.Tensor,
  points: T,
  direction: TensorMap,
): tf.Tensor {
  const engine = tf.engine();
  const runKernel = engine.runKernel;
  const tangents = new Map<number, tf.Tensor>(); // by the id of the tensor that changes
  const copied = new Map<number, number>(); // of a copy's id, the original's; tfjs copies outputs before they are returned
  const made: tf.Tensor[] = []; // kept across the scopes of gradients, and freed below
  for (const [name, point] of Object.entries(points)) tangents.set(point.id, direction[name] as tf.Tensor);
  const tangentOf = (id: number): tf.Tensor | undefined => {
    const original = copied.get(id);
    return original === undefined ? tangents.get(id) : tangentOf(original);
  };

  const follow = (name: string, inputs: KernelInputs, attrs: tf.NamedAttrMap, outputs: readonly tf.Tensor[]): void => {
    const changing = Object.entries(inputs).filter(([, { id }]) => tangentOf(id) !== undefined);
    if (changing.length === 0 || outputs.every(({ dtype }) => dtype !== "float32")) return;
    const rule = tangentRules.get(name);
    if (rule === undefined) {
      throw new ConfigError(
        `Exact second order has a rule for each kernel that it meets; there is none for ${name}. Use finite differences.`,
        { name, known: [...tangentRules.keys()] },
      );
    }
    const changes = tf.tidy(() => {
      const known = Object.fromEntries(changing.map(([key, { id }]) => [key, tangentOf(id) as tf.Tensor]));
      const run = (other: KernelInputs): tf.Tensor[] => [runKernel.call(engine, name, asGiven(other), attrs)].flat();
      return [...rule({ name, inputs, attrs, outputs, tangents: known, run })];
    });
    changes.forEach((change, i) => {
      made.push(tf.keep(change));
      tangents.set((outputs[i] as tf.Tensor).id, change);
    });
  };

  let isFollowing = false;
  engine.runKernel = <R extends tf.Tensor | tf.Tensor[]>(
    name: string,
    inputs: tf.NamedTensorMap,
    attrs: tf.NamedAttrMap = {},
  ): R => {
    const outputs = runKernel.call(engine, name, inputs, attrs) as R;
    if (isFollowing) return outputs; // a kernel of a rule
    if (name === "Identity") {
      copied.set((outputs as tf.Tensor).id, (inputs.x as tf.Tensor).id);
      return outputs;
    }
    isFollowing = true;
    follow(name, inputs, attrs, [outputs].flat() as tf.Tensor[]);
    isFollowing = false;
    return outputs;
  };
  try {
    return tf.tidy(() => {
      const value = compute(points);
      const change = tangentOf(value.id);
      return change === undefined ? tf.zerosLike(value) : tf.clone(change);
    });
  } finally {
    engine.runKernel = runKernel;
    tf.dispose(made);
  }
}

/** Inputs as kernels take them: those of a list as a list. */
function asGiven(inputs: KernelInputs): tf.NamedTensorMap {
  return ("0" in inputs ? Object.values(inputs) : inputs) as tf.NamedTensorMap;
}
