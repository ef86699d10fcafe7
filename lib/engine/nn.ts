/** Neural-network functions in tfjs operations, with fused kernels where the device has them; every device computes the same values. */

import * as tf from "@tensorflow/tfjs";
import { isInt8 } from "./frozenMatrix.js";

/**
 * Affine map of rows with a weight stored as [out, in] (PyTorch's layout): x Wᵀ + b.
 *
 * @param x               [N, in]
 * @param weight          [out, in]
 * @param bias            [out]; without it, x Wᵀ
 * @param isOutputsFirst  false for a weight stored as [in, out] (GPT-2's layout): x W + b
 */
export function linear(x: tf.Tensor2D, weight: tf.Tensor, bias?: tf.Tensor, isOutputsFirst = true): tf.Tensor2D {
  const product: tf.Tensor2D = isInt8(weight)
    ? int8Product(x, weight, isOutputsFirst)
    : tf.matMul(x, weight as tf.Tensor2D, false, isOutputsFirst); // [N, in] -> [N, out]
  return bias === undefined ? product : tf.add(product, bias);
}

/** The product with rows of x rounded to eight bits, too; its gradient is that of the widened matrix, not rounded again. */
function int8Product(x: tf.Tensor2D, weight: tf.Tensor, isOutputsFirst: boolean): tf.Tensor2D {
  const operation = tf.customGrad((...parameters) => {
    const [x] = parameters as [tf.Tensor];
    const [value] = runKernel("Int8Product", { x, weight });
    const gradFunc = (upstream: tf.Tensor): tf.Tensor =>
      tf.matMul(upstream as tf.Tensor2D, weight as tf.Tensor2D, false, !isOutputsFirst); // [N, out] -> [N, in]
    return { value, gradFunc };
  });
  return operation(x) as tf.Tensor2D;
}

/**
 * Normalises the last axis to mean 0 and variance 1, then scales and shifts it.
 *
 * @param x      [..., D]
 * @param scale  [D]
 * @param shift  [D]
 * @param eps    added to the variance, such as 1e-5
 * @source Ba, Kiros & Hinton 2016 (biased variance, as PyTorch)
 */
export function layerNorm<T extends tf.Tensor>(x: T, scale: tf.Tensor, shift: tf.Tensor, eps: number): T {
  const operation = tf.customGrad((...parameters) => {
    const [x, scale, shift, save] = parameters as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const [value, mean, inverse] = hasKernel("FusedLayerNorm")
      ? runKernel("FusedLayerNorm", { x, scale, shift }, { eps })
      : normalise(x, scale, shift, eps);
    save([x, scale, mean, inverse]);
    return { value, gradFunc: layerNormGradient };
  });
  return operation(x, scale, shift) as T;
}

function normalise(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, eps: number): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const mean = tf.mean(x, -1, true); // [..., D] -> [..., 1]
  const centered = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), eps));
  return [tf.add(tf.mul(tf.mul(centered, inverse), scale), shift), mean, inverse];
}

/** Gradients of layerNorm in x, scale and shift from what its forward pass saved: x, scale, mean and 1 / deviation. */
function layerNormGradient(upstream: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, scale, mean, inverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const normalised = tf.mul(tf.sub(x, mean), inverse);
  const inner = tf.mul(upstream, scale);
  const alongMean = tf.mean(inner, -1, true); // [..., D] -> [..., 1]
  const alongNormalised = tf.mean(tf.mul(inner, normalised), -1, true);
  const leading = upstream.shape.slice(0, -1).map((_, axis) => axis);
  return [
    tf.mul(tf.sub(tf.sub(inner, alongMean), tf.mul(normalised, alongNormalised)), inverse),
    tf.sum(tf.mul(upstream, normalised), leading),
    tf.sum(upstream, leading),
  ];
}

/**
 * Gaussian error linear unit in its exact form, x Φ(x).
 *
 * @source Hendrycks & Gimpel 2016; `hidden_act: "gelu"` in Hugging Face configurations
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  const operation = tf.customGrad((...parameters) => {
    const [x, save] = parameters as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    const value = hasKernel("FusedGelu") ? runKernel("FusedGelu", { x })[0] : tf.mul(x, normalProbability(x));
    const gradFunc = (upstream: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [x] = saved as [tf.Tensor];
      const density = tf.mul(tf.exp(tf.mul(tf.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(tf.add(tf.mul(x, density), normalProbability(x)), upstream); // (x φ(x) + Φ(x)) dy
    };
    return { value, gradFunc };
  });
  return operation(x) as T;
}

/** Φ(x), the standard normal distribution function. */
function normalProbability(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

/**
 * Gaussian error linear unit with Φ approximated by a hyperbolic tangent.
 *
 * @source Hendrycks & Gimpel 2016; `activation_function: "gelu_new"` in Hugging Face configurations
 */
export function geluTanh<T extends tf.Tensor>(x: T): T {
  const [scale, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const tanh = (x: tf.Tensor): tf.Tensor => tf.tanh(tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), cubic), 1)), scale));
  const operation = tf.customGrad((...parameters) => {
    const [x, save] = parameters as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    const gradFunc = (upstream: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [x] = saved as [tf.Tensor];
      const t = tanh(x);
      const slope = tf.mul(tf.add(tf.mul(tf.square(x), 3 * cubic), 1), scale); // of the argument of tanh
      const steep = tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), slope);
      return tf.mul(tf.mul(tf.add(tf.add(t, 1), steep), 0.5), upstream);
    };
    return { value: tf.mul(tf.mul(x, 0.5), tf.add(tanh(x), 1)), gradFunc };
  });
  return operation(x) as T;
}

/** Whether the present device has a fused kernel of that name. */
function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

function runKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attrs: tf.NamedAttrMap = {},
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const outputs = tf.engine().runKernel(name, inputs, attrs);
  return (Array.isArray(outputs) ? outputs : [outputs]) as [tf.Tensor, tf.Tensor, tf.Tensor];
}

/**
 * Scaled dot-product attention of H heads: softmax(q kᵀ / sqrt(D / H) + bias) v.
 *
 * @param query      [B·T, D], rows of one example next to each other
 * @param key        [B·S, D]
 * @param value      [B·S, D]
 * @param bias       added to the scores, broadcast to [B, H, T, S]; very negative where a key must not be seen
 * @param batchSize  B
 * @param headCount  H, a divisor of D
 * @returns          [B·T, D]
 * @source Vaswani et al. 2017
 */
export function attention(
  query: tf.Tensor2D,
  key: tf.Tensor2D,
  value: tf.Tensor2D,
  bias: tf.Tensor,
  batchSize: number,
  headCount: number,
): tf.Tensor2D {
  const headSize = query.shape[1] / headCount;
  const q = splitHeads(tf.mul(query, 1 / Math.sqrt(headSize)), batchSize, headCount); // [B·T, D] -> [B, H, T, D/H]
  const k = splitHeads(key, batchSize, headCount);
  const v = splitHeads(value, batchSize, headCount);
  const weights = tf.softmax(tf.add(tf.matMul(q, k, false, true), bias)); // [B, H, T, S]
  const mixed = tf.matMul(weights, v); // [B, H, T, D/H]
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), query.shape); // -> [B·T, D]
}

function splitHeads(rows: tf.Tensor2D, batchSize: number, headCount: number): tf.Tensor4D {
  const [rowCount, D] = rows.shape;
  const heads = tf.reshape(rows, [batchSize, rowCount / batchSize, headCount, D / headCount]);
  return tf.transpose(heads, [0, 2, 1, 3]) as tf.Tensor4D;
}

/**
 * Score bias that hides padded keys: 0 where `attentionMask` is 1, the lowest float32 where it is 0.
 *
 * @param attentionMask  [B, S] int32
 * @returns              [B, 1, 1, S]
 */
export function paddingBias(attentionMask: tf.Tensor2D): tf.Tensor4D {
  const [B, S] = attentionMask.shape;
  const hidden = tf.sub(1, tf.cast(attentionMask, "float32"));
  return tf.reshape(tf.mul(hidden, -LOWEST_MAGNITUDE), [B, 1, 1, S]);
}

/**
 * Score bias of a decoder: 0 where query i may see key j (j ≤ i, and j is not padding), the lowest float32 elsewhere.
 *
 * @param attentionMask  [B, S] int32
 * @returns              [B, 1, S, S]
 */
export function causalBias(attentionMask: tf.Tensor2D): tf.Tensor4D {
  const [B, S] = attentionMask.shape;
  const before = Float32Array.from({ length: S * S }, (_, at) => (at % S <= Math.floor(at / S) ? 1 : 0));
  const isSeen = tf.mul(tf.reshape(tf.cast(attentionMask, "float32"), [B, 1, 1, S]), tf.tensor4d(before, [1, 1, S, S]));
  return tf.mul(tf.sub(1, isSeen), -LOWEST_MAGNITUDE);
}

/** Largest finite float32. */
const LOWEST_MAGNITUDE = 3.4028234663852886e38;
