import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { jit, useDevice } from "../../../lib/engine/index.js";

/** Operations on other dtypes, shapes and entries than the float ones above. */
const edges: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  "slice by a number, and to the end": () => [
    tf.tensor1d([1, 2, 3, 4]).slice(1, 2),
    tf.tensor1d([1, 2, 3, 4]).slice(1),
    tf.tensor2d([1, 2, 3, 4], [2, 2]).slice([1]),
  ],
  "the gradient of a gather with batch dims": () =>
    tf.grad((x) => tf.gather(x, tf.tensor2d([1, 0], [2, 1], "int32"), 1, 1))(tf.tensor2d([1, 2, 3, 4], [2, 2])),
  "two operands of equal entries each": () => [
    tf.fill([2, 3], 1).add(tf.fill([2, 3], 2)),
    tf
      .fill([2, 3], 1)
      .sub(tf.fill([2, 3], 2))
      .sum(0),
    tf.fill([3], 1).greater(tf.fill([3], 0)),
  ],
  "concat and where of mixed dtypes": () => {
    const [float, int] = [tf.tensor1d([0.5, 1.5]), tf.tensor1d([2, 3], "int32")];
    const condition = tf.tensor1d([true, false]);
    return [
      tf.concat([float, int]),
      tf.concat([int, float]),
      tf.where(condition, int, float),
      tf.where(condition, condition, int),
    ];
  },
  "where by a column": () =>
    tf.where<tf.Tensor>(tf.tensor2d([1, 0], [2, 1], "bool"), tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([0])),
  "max and min of rows with NaN": () => {
    const x = tf.tensor2d([1, Number.NaN, 3, Number.NaN, 2, 0, 1, 2, 3], [3, 3]);
    return [x.max(1), x.min(1), x.max(), x.min(0, true)];
  },
  "min and max of int32 and bool": () => {
    const [int, bool] = [tf.tensor2d([16777217, 16777219, 1, -3], [2, 2], "int32"), tf.tensor1d([1, 0, 1], "bool")];
    return [int.max(0), int.min(1), bool.max(), bool.min()];
  },
  "any and sum of nothing": () => {
    const nothing = tf.tensor2d([], [3, 0]);
    return [nothing.cast("bool").any(1), nothing.sum(0), nothing.sum(1), tf.tensor2d([], [0, 3]).sum(0)];
  },
  "reshape and unstack to no entries": () => [
    tf.tensor2d([], [0, 3]).reshape([3, 0]).add(1),
    ...tf.unstack(tf.tensor2d([], [2, 0])),
  ],
  "modulus of large, negative and mixed-sign numbers": () => [
    tf.mod(tf.tensor1d([1e8, -1e8, 7, -7, 3]), tf.tensor1d([3, 3, -2, -2, -0.7])),
    tf.mod(tf.tensor1d([7, -7, 7, -7, 2147483647], "int32"), tf.tensor1d([2, 2, -2, -2, 10], "int32")),
  ],
  "expm1 and log1p of small numbers": () => {
    const x = tf.tensor1d([1e-8, -1e-6, 0.5, 0]);
    return [x.expm1().mul(1e6), x.log1p().mul(1e6)];
  },
  "clipByValue of int32 on one side": () => {
    const x = tf.tensor1d([-5, 0, 5], "int32");
    return [x.clipByValue(Number.NEGATIVE_INFINITY, 2), x.clipByValue(-1, Number.POSITIVE_INFINITY)];
  },
  "arithmetic of bool": () => {
    const [a, b] = [tf.tensor1d([1, 0, 1], "bool"), tf.tensor1d([1, 1, 0], "bool")];
    return [a.neg(), a.abs(), a.relu(), a.sign(), a.square(), a.mul(b), a.squaredDifference(b)];
  },
  "arithmetic of int32 with ones": () => {
    const x = tf.tensor1d([5, -5, 0], "int32");
    return [x.mul(tf.onesLike(x)), x.mul(tf.fill([3], 1)), x.mul(tf.fill([3], 1, "bool"))];
  },
  "arg-extremes and running sums of bool": () => {
    const x = tf.tensor1d([0, 1, 1], "bool");
    return [x.argMax(), x.argMin(), x.cumsum()];
  },
  "matMul of int32, plain, transposed and batched": () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], "int32");
    const y = x.reshape([1, 2, 3]) as tf.Tensor3D;
    return [tf.matMul(x, x, false, true), tf.matMul(x, x, true), tf.matMul(y, y.transpose([0, 2, 1]), true, true)];
  },
  "matMul over no inner entries": () => [
    tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])),
    tf.matMul(tf.zeros([2, 0], "int32"), tf.zeros([0, 3], "int32")),
    tf.matMul(tf.zeros([2, 2, 0]), tf.zeros([2, 3, 0]), false, true),
  ],
  "one-hot of a scalar, with own values and dtypes": () => [
    tf.oneHot(tf.scalar(1, "int32"), 3),
    tf.oneHot(tf.tensor1d([0, 2], "int32"), 3, 0.9, 0.1, "float32"),
    tf.oneHot(tf.tensor1d([0, 2], "int32"), 3, 5, -2),
    tf.oneHot(tf.tensor1d([0, 2], "int32"), 3, 1, 0, "bool"),
  ],
  "range downwards": () => [tf.range(5, 0), tf.range(5, 0, -2), tf.range(0, 3, -1)],
  "reverse on every axis": () => tf.reverse(tf.tensor2d([1, 2, 3, 4], [2, 2])),
  "mirrorPad of both kinds and of bool": () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const widths: [number, number][] = [
      [1, 1],
      [2, 1],
    ];
    return [
      tf.mirrorPad(x, widths, "reflect"),
      tf.mirrorPad(x, widths, "symmetric"),
      tf.mirrorPad(x.greater(2), widths, "reflect"),
    ];
  },
  "pad of int32 and bool": () => [
    tf.tensor1d([1, 2], "int32").pad([[1, 1]], 7),
    tf.tensor1d([1, 1], "bool").pad([[1, 0]]),
  ],
};

/** A type alias, since `tf.tidy` returns no interface. */
type Described = { readonly dtype: string; readonly shape: number[]; readonly values: number[] };
const describeAll = (results: tf.Tensor | tf.Tensor[]): Described[] =>
  [results].flat().map((tensor) => ({
    dtype: tensor.dtype,
    shape: tensor.shape,
    values: Array.from(tensor.dataSync(), (value) => Number(value.toPrecision(6)) + 0), // -0 is 0
  }));

describe("dtypes, empty tensors and unusual entries come out as on tfjs cpu, to six digits", () => {
  const references: Record<string, Described[]> = {};
  beforeAll(async () => {
    await useDevice("cpu");
    for (const [name, compute] of Object.entries(edges)) references[name] = tf.tidy(() => describeAll(compute()));
    await useDevice("onnx");
  });
  it.each(Object.entries(edges))("%s", (name, compute) => {
    expect(tf.tidy(() => describeAll(compute()))).toEqual(references[name]);
  });
  it.each(Object.entries(edges))("%s, under jit", async (name, compute) => {
    const traced = jit(() => Object.fromEntries([compute()].flat().map((tensor, index) => [index, tensor])));
    expect(describeAll(Object.values(await traced({})))).toEqual(references[name]);
  });
});

describe("shapes that do not fit are refused when they meet", () => {
  beforeAll(() => useDevice("onnx"));
  it("a slice past the end", () => expect(() => tf.tensor1d([1, 2]).slice(1, 5)).toThrow(/would overflow/));
  it("a reshape to a fraction", () => expect(() => tf.tensor1d([1, 2, 3]).reshape([-1, 2])).toThrow(/fractional/));
});
