/** The form of a kernel, and the few things that most kernels do. */

import type * as tf from "@tensorflow/tfjs";
import type { OnnxBackend } from "../backend.js";
import { constant, sameShape, type Value } from "../graph.js";

/** What tfjs hands to a kernel, with the inputs as graph values beside it. */
export interface KernelCall {
  readonly backend: OnnxBackend;
  /** Tensor inputs by tfjs's name; a list of tensors is named "0", "1", … */
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The graph value of the input of that name. */
  value(name: string): Value;
}

/** Records one tfjs operation: returns the value of its result, or several. */
export type Kernel = (call: KernelCall) => Value | Value[] | tf.TensorInfo;

/** Kernels by tfjs kernel name. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** Shape of two operands broadcast against each other. */
export function broadcastShape(a: readonly number[], b: readonly number[], kernelName: string): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new Error(`${kernelName}: shapes [${a}] and [${b}] cannot be broadcast together (axis ${axis - rank}).`);
    }
    return left === 1 ? right : left;
  });
}

/** A value whose entries are all equal, as a scalar constant, when the other operand has the result's shape anyway. */
export function asScalarIfUniform(value: Value, other: Value, shape: readonly number[]): Value {
  const { uniform, dtype } = value;
  if (uniform === undefined || (dtype !== "float32" && dtype !== "int32" && dtype !== "bool")) return value;
  return sameShape(other.shape, shape) ? constant(uniform, dtype) : value;
}

/** Axes counted from the front, sorted. */
export function positiveAxes(axes: number | readonly number[], rank: number): number[] {
  const list = typeof axes === "number" ? [axes] : axes;
  return list.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}
