/** Every operation that has a kernel on onnx, with the shapes and the range of its inputs. */

import * as tf from "@tensorflow/tfjs";

/** An operation on float inputs; `isSmooth` ones are compared by gradient too. */
export interface Case {
  readonly inputs: readonly number[][];
  readonly compute: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly isSmooth?: boolean;
  readonly from?: number;
  readonly to?: number;
}

const ids = (): tf.Tensor1D => tf.tensor1d([2, 0, 2, 1], "int32");
const unaryCase = (name: string, from = -2, to = 2): [string, Case] => [
  name,
  { inputs: [[3, 5]], compute: (x) => (x as unknown as Record<string, () => tf.Tensor>)[name]?.() ?? x, from, to },
];

/** Operations by name. */
export const cases: Record<string, Case> = Object.fromEntries([
  ...[
    "abs",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "exp",
    "expm1",
    "erf",
    "relu",
    "relu6",
    "elu",
    "selu",
    "neg",
    "square",
    "sinh",
    "cosh",
    "atan",
    "softplus",
    "leakyRelu",
    "asinh",
  ].map((name) => unaryCase(name)),
  ...["log", "log1p", "sqrt", "rsqrt", "reciprocal"].map((name) => unaryCase(name, 0.2, 3)),
  ...["asin", "acos", "atanh", "tan"].map((name) => unaryCase(name, -0.9, 0.9)),
  unaryCase("acosh", 1.2, 3),
]);
Object.assign(cases, {
  "floor ceil round sign step": {
    inputs: [[3, 5]],
    compute: (x) => tf.addN([x.floor(), x.ceil().mul(2), x.round().mul(3), x.sign().mul(5), x.step().mul(7)]),
    isSmooth: false,
  },
  "step with a slope": { inputs: [[3, 5]], compute: (x) => x.step(0.3), isSmooth: false },
  clipByValue: { inputs: [[3, 5]], compute: (x) => x.clipByValue(-0.5, 1) },
  "broadcast add sub mul div": {
    inputs: [[3, 1, 5], [4, 1], [5]],
    compute: (a, b, c) => a.add(b).mul(c).sub(b.div(a)),
    from: 0.5,
  },
  "scalar arithmetic": { inputs: [[3, 2]], compute: (x) => tf.sub(1, x.mul(3).add(2).div(7)) },
  addN: {
    inputs: [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    compute: (a, b, c) => tf.addN([a, b, c, a]),
  },
  pow: { inputs: [[3, 4], [4]], compute: (a, b) => a.pow(b), from: 0.3 },
  "maximum minimum": {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    compute: (a, b) => a.maximum(b).add(a.minimum(b).mul(2)),
  },
  squaredDifference: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    compute: (a, b) => tf.squaredDifference(a, b),
  },
  mod: { inputs: [[3, 4], [4]], compute: (a, b) => a.mod(b), isSmooth: false },
  atan2: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    compute: (a, b) => tf.atan2(a, b),
  },
  prelu: { inputs: [[3, 4], [4]], compute: (a, b) => tf.prelu(a, b) },
  floorDiv: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    compute: (a, b) =>
      a
        .mul(9)
        .cast("int32")
        .floorDiv(b.mul(3).cast("int32").add(tf.scalar(7, "int32")))
        .cast("float32"),
    isSmooth: false,
  },
  comparisons: {
    inputs: [[3, 4], [4]],
    compute: (a, b) =>
      tf.addN(
        [a.less(b), a.lessEqual(b), a.greater(b), a.greaterEqual(b), a.equal(b), a.notEqual(b)].map((x, i) =>
          x.cast("float32").mul(2 ** i),
        ),
      ),
    isSmooth: false,
  },
  logic: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    compute: (a, b) => {
      const [p, q] = [a.greater(0), b.greater(0)];
      return p
        .logicalAnd(q)
        .cast("int32")
        .add(p.logicalOr(q).cast("int32").mul(2))
        .add(p.logicalNot().cast("int32").mul(4))
        .add(tf.logicalXor(p, q).cast("int32").mul(8))
        .cast("float32");
    },
    isSmooth: false,
  },
  "isNaN isFinite isInf": {
    inputs: [[3, 4]],
    compute: (x) => {
      const y = x.log().div(x.sub(x));
      return tf
        .isNaN(y)
        .cast("float32")
        .add(tf.isFinite(y).cast("float32").mul(2))
        .add(tf.isInf(y).cast("float32").mul(4));
    },
    isSmooth: false,
  },
  where: {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    compute: (a, b) => tf.where(tf.range(0, 12).reshape([3, 4]).greater(5), a.square(), b),
  },
  "sum over axes": { inputs: [[3, 4, 5]], compute: (x) => x.sum([0, 2]) },
  "sum keeping dims": { inputs: [[3, 4, 5]], compute: (x) => x.sum(-1, true).mul(x) },
  "sum of all": { inputs: [[3, 4]], compute: (x) => x.square().sum() },
  mean: { inputs: [[3, 4, 5]], compute: (x) => x.mean([1]).square() },
  "max min": { inputs: [[3, 4, 5]], compute: (x) => x.max(1).add(x.min(1)) },
  "max over the first axis": { inputs: [[3, 4]], compute: (x) => x.max(0) },
  prod: { inputs: [[3, 4]], compute: (x) => x.prod(1), from: 0.5, isSmooth: false },
  "any all": {
    inputs: [[3, 4]],
    compute: (x) => x.greater(0).any(1).cast("float32").add(x.greater(0).all(1).cast("float32").mul(2)),
    isSmooth: false,
  },
  "argMax argMin": {
    inputs: [[3, 4]],
    compute: (x) =>
      x
        .argMax(1)
        .add(x.argMin(1).mul(tf.scalar(8, "int32")))
        .cast("float32"),
    isSmooth: false,
  },
  cumsum: { inputs: [[3, 4]], compute: (x) => x.cumsum(1) },
  "cumsum exclusive and reversed": { inputs: [[3, 4]], compute: (x) => x.cumsum(0, true, true), isSmooth: false },
  softmax: { inputs: [[3, 4, 5]], compute: (x) => tf.softmax(x) },
  logSoftmax: { inputs: [[3, 5]], compute: (x) => tf.logSoftmax(x) },
  logSumExp: { inputs: [[3, 5]], compute: (x) => x.logSumExp(1) },
  moments: { inputs: [[3, 5]], compute: (x) => tf.moments(x, -1, true).variance.mul(x) },
  topk: {
    inputs: [[3, 6]],
    compute: (x) => {
      const { values, indices } = tf.topk(x, 3);
      return values.add(indices.cast("float32").mul(10));
    },
    isSmooth: false,
  },
  matMul: {
    inputs: [
      [3, 4],
      [4, 5],
    ],
    compute: (a, b) => tf.matMul(a, b),
  },
  "matMul transposed left": {
    inputs: [
      [4, 3],
      [4, 5],
    ],
    compute: (a, b) => tf.matMul(a, b, true),
  },
  "matMul transposed right": {
    inputs: [
      [3, 4],
      [5, 4],
    ],
    compute: (a, b) => tf.matMul(a, b, false, true),
  },
  "matMul transposed both": {
    inputs: [
      [4, 3],
      [5, 4],
    ],
    compute: (a, b) => tf.matMul(a, b, true, true),
  },
  "batched matMul": {
    inputs: [
      [2, 3, 3, 4],
      [2, 3, 5, 4],
    ],
    compute: (a, b) => tf.matMul(a, b, false, true),
  },
  "batched matMul transposed left": {
    inputs: [
      [2, 4, 3],
      [2, 4, 5],
    ],
    compute: (a, b) => tf.matMul(a, b, true),
  },
  "matMul broadcasting the batch": {
    inputs: [
      [2, 3, 4],
      [1, 4, 5],
    ],
    compute: (a, b) => tf.matMul(a, b),
    isSmooth: false,
  },
  "fused matMul": {
    inputs: [[3, 4], [4, 5], [5]],
    compute: (a, b, bias) => tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias, activation: "relu" }),
  },
  dot: { inputs: [[4], [4]], compute: (a, b) => tf.dot(a, b) },
  reshape: { inputs: [[3, 4]], compute: (x) => x.reshape([2, -1]).square().expandDims(1).squeeze() },
  transpose: { inputs: [[3, 4, 5]], compute: (x) => x.transpose([2, 0, 1]).square() },
  concat: {
    inputs: [
      [3, 2],
      [3, 4],
    ],
    compute: (a, b) => tf.concat([a, b, a], 1).square(),
  },
  "concat on the first axis": {
    inputs: [
      [1, 4],
      [3, 4],
    ],
    compute: (a, b) => tf.concat([a, b]).square(),
  },
  stack: {
    inputs: [
      [3, 2],
      [3, 2],
    ],
    compute: (a, b) => tf.stack([a, b], 1).square(),
  },
  unstack: {
    inputs: [[3, 4]],
    compute: (x) => {
      const [a, b] = tf.unstack(x, 1);
      return (a as tf.Tensor).mul(b as tf.Tensor);
    },
  },
  split: {
    inputs: [[3, 6]],
    compute: (x) => {
      const [a, b] = tf.split(x, [2, 4], 1);
      return (a as tf.Tensor).sum().mul(b as tf.Tensor);
    },
  },
  slice: { inputs: [[3, 4, 5]], compute: (x) => x.slice([1, 0, 2], [2, -1, 3]).square() },
  stridedSlice: { inputs: [[5, 6]], compute: (x) => tf.stridedSlice(x, [0, 1], [5, 6], [2, 2]), isSmooth: false },
  gather: { inputs: [[3, 4]], compute: (x) => tf.gather(x, ids()).square() },
  "gather on axis 1": { inputs: [[2, 3, 4]], compute: (x) => tf.gather(x, ids(), 1).square() },
  "gather with batch dims": {
    inputs: [[2, 3, 4]],
    compute: (x) => tf.gather(x, tf.tensor2d([[2], [1]], [2, 1], "int32"), 1, 1),
    isSmooth: false,
  },
  "gather by a matrix": {
    inputs: [[3, 4]],
    compute: (x) =>
      tf
        .gather(
          x,
          tf.tensor2d(
            [
              [2, 0],
              [2, 1],
            ],
            [2, 2],
            "int32",
          ),
        )
        .square(),
  },
  gatherND: {
    inputs: [[3, 4]],
    compute: (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [2, 0],
            [1, 3],
          ],
          [2, 2],
          "int32",
        ),
      ),
    isSmooth: false,
  },
  scatterND: {
    inputs: [[2, 4]],
    compute: (x) => tf.scatterND(tf.tensor2d([[2], [0]], [2, 1], "int32"), x, [3, 4]),
    isSmooth: false,
  },
  unsortedSegmentSum: {
    inputs: [[4, 3]],
    compute: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, -1, 1, 0], "int32"), 3),
  },
  oneHot: { inputs: [[4]], compute: (x) => x.mul(tf.oneHot(tf.tensor1d([1, -1, 3, 9], "int32"), 4).cast("float32")) },
  tile: { inputs: [[2, 3]], compute: (x) => x.tile([2, 3]).square() },
  broadcastTo: { inputs: [[3, 1]], compute: (x) => x.broadcastTo([3, 4]).square() },
  pad: {
    inputs: [[2, 3]],
    compute: (x) =>
      x
        .pad(
          [
            [1, 0],
            [2, 1],
          ],
          0,
        )
        .square(),
  },
  mirrorPad: {
    inputs: [[3, 3]],
    compute: (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 1],
          [1, 0],
        ],
        "reflect",
      ),
    isSmooth: false,
  },
  reverse: { inputs: [[3, 4]], compute: (x) => x.reverse(1).mul(x) },
  "zerosLike onesLike fill": {
    inputs: [[3, 4]],
    compute: (x) =>
      tf
        .onesLike(x)
        .mul(x)
        .add(tf.zerosLike(x))
        .add(tf.fill([3, 4], 2.5)),
  },
  "range linspace": { inputs: [[5]], compute: (x) => x.mul(tf.range(0, 5)).add(tf.linspace(0, 1, 5)) },
  "layer normalisation": {
    inputs: [[3, 4, 8], [8], [8]],
    compute: (x, gamma, beta) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(gamma).add(beta);
    },
  },
} satisfies Record<string, Case>);
