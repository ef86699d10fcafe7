/** How small changes of a kernel's inputs change its outputs, for the kernels that losses and their gradients are made of. */

import * as tf from "@tensorflow/tfjs";

/** Tensors by the names that a kernel gives its inputs; a kernel of a list numbers them. */
export type KernelInputs = Readonly<Record<string, tf.Tensor>>;

/** One run of a kernel, and what is known of the change of its inputs. */
export interface KernelRun {
  readonly name: string;
  readonly inputs: KernelInputs;
  readonly attrs: tf.NamedAttrMap;
  readonly outputs: readonly tf.Tensor[];
  /** Changes of some inputs, by the same names and of the same shapes; the others are constant. */
  readonly tangents: KernelInputs;
  /** The kernel on other inputs. */
  run(inputs: KernelInputs): tf.Tensor[];
}

/** Changes of a kernel's outputs, in their order; nothing where they do not change. */
export type TangentRule = (kernel: KernelRun) => readonly tf.Tensor[];

/** The rules by kernel name. */
export const tangentRules: ReadonlyMap<string, TangentRule> = new Map([
  ...named(
    "Add AddN Cast Concat ExpandDims GatherV2 Mean Neg Pack PadV2 Reshape Select Slice SplitV Sub Sum Tile",
    linear,
  ),
  ...named("Transpose UnsortedSegmentSum Unpack", linear),
  ...named("Multiply BatchMatMul", bilinear),
  ...named("Step ZerosLike", () => []),
  ...unary("Square", (x) => tf.mul(x, 2)),
  ...unary("Exp", (_, y) => y),
  ...unary("Log", (x) => tf.div(1, x)),
  ...unary("Sin", (x) => tf.cos(x)),
  ...unary("Cos", (x) => tf.neg(tf.sin(x))),
  ...unary("Tanh", (_, y) => tf.sub(1, tf.square(y))),
  ...unary("Sigmoid", (_, y) => tf.mul(y, tf.sub(1, y))),
  ...unary("Sqrt", (_, y) => tf.div(0.5, y)),
  ...unary("Rsqrt", (_, y) => tf.mul(tf.mul(tf.square(y), y), -0.5)),
  ...unary("Erf", (x) => tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI))),
  ...unary("Relu", (x) => tf.step(x)),
  ...unary("FusedGelu", (x) => {
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.add(tf.mul(x, density), tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5)); // x φ(x) + Φ(x)
  }),
  ["RealDiv", quotient],
  ["Pow", power],
  ["Softmax", softmax],
  ["Max", maximum],
  ["FusedLayerNorm", layerNorm],
]);

function named(names: string, rule: TangentRule): [string, TangentRule][] {
  return names.split(" ").map((name) => [name, rule]);
}

/** A function of each entry by itself. @param slope  its derivative, from the entries x and their images y */
function unary(name: string, slope: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): [string, TangentRule][] {
  const rule: TangentRule = ({ inputs, outputs, tangents }) => {
    const [input = ""] = Object.keys(tangents);
    return [tf.mul(tensorOf(tangents, input), slope(tensorOf(inputs, input), tensorOf(outputs, 0)))];
  };
  return [[name, rule]];
}

/** The same kernel on the changes, for what is linear in all its float32 inputs together; others, such as indices, stay. */
function linear({ inputs, tangents, run }: KernelRun): tf.Tensor[] {
  const changes = Object.entries(inputs).map(([name, input]) => {
    const still = input.dtype === "float32" ? () => tf.zerosLike(input) : () => input;
    return [name, tangents[name] ?? still()] as const;
  });
  return run(Object.fromEntries(changes));
}

/** f(da, b) + f(a, db) */
function bilinear({ inputs, tangents, run }: KernelRun): tf.Tensor[] {
  const parts = Object.entries(tangents).flatMap(([name, tangent]) => run({ ...inputs, [name]: tangent }));
  return [tf.addN(parts)];
}

/** (da − y db) / b */
function quotient({ inputs, outputs, tangents: { a, b } }: KernelRun): tf.Tensor[] {
  const y = tensorOf(outputs, 0);
  const change = tf.sub(a ?? 0, b === undefined ? 0 : tf.mul(y, b));
  return [tf.div(change, tensorOf(inputs, "b"))];
}

/** b a^(b − 1) da + y log(a) db */
function power({ inputs, outputs, tangents: { a: da, b: db } }: KernelRun): tf.Tensor[] {
  const [a, b] = [tensorOf(inputs, "a"), tensorOf(inputs, "b")];
  const byBase = da === undefined ? 0 : tf.mul(tf.mul(b, tf.pow(a, tf.sub(b, 1))), da);
  return [tf.add(byBase, db === undefined ? 0 : tf.mul(tf.mul(tensorOf(outputs, 0), tf.log(a)), db))];
}

/** y (dx − Σ y dx) over the last axis */
function softmax({ outputs, tangents }: KernelRun): tf.Tensor[] {
  const weighted = tf.mul(tensorOf(outputs, 0), tensorOf(tangents, "logits"));
  return [tf.sub(weighted, tf.mul(tensorOf(outputs, 0), tf.sum(weighted, -1, true)))];
}

/** The change of the greatest entry; of equal ones the mean, as tfjs shares their gradient. */
function maximum({ inputs, attrs, tangents }: KernelRun): tf.Tensor[] {
  const x = tensorOf(inputs, "x");
  const axes = attrs.reductionIndices as number | number[];
  const isGreatest = tf.cast(tf.equal(x, tf.max(x, axes, true)), "float32");
  const change = tf.sum(tf.mul(isGreatest, tensorOf(tangents, "x")), axes, Boolean(attrs.keepDims));
  return [tf.div(change, tf.sum(isGreatest, axes, Boolean(attrs.keepDims)))];
}

/** Of the normalised rows, their mean and their reciprocal deviation. */
function layerNorm({ inputs, outputs, tangents: { x: dx, scale: dScale, shift: dShift } }: KernelRun): tf.Tensor[] {
  const [, mean, inverse] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
  const centered = tf.sub(tensorOf(inputs, "x"), mean); // [..., D]
  const change = dx ?? tf.zerosLike(centered);
  const dMean = tf.mean(change, -1, true); // [..., D] -> [..., 1]
  const cubed = tf.mul(tf.square(inverse), inverse);
  const dInverse = tf.neg(tf.mul(cubed, tf.mean(tf.mul(centered, change), -1, true)));
  const dUnit = tf.add(tf.mul(tf.sub(change, dMean), inverse), tf.mul(centered, dInverse));
  const scaled = tf.mul(dUnit, tensorOf(inputs, "scale"));
  const withScale = dScale === undefined ? scaled : tf.add(scaled, tf.mul(tf.mul(centered, inverse), dScale));
  return [tf.add(withScale, dShift ?? 0), dMean, dInverse];
}

function tensorOf(tensors: KernelInputs | readonly tf.Tensor[], name: string | number): tf.Tensor {
  return (tensors as KernelInputs)[name] as tf.Tensor;
}
