/** Neural-network functions in portable tfjs operations, so that every device computes them the same way. */

import * as tf from "@tensorflow/tfjs";

/**
 * Affine map of rows with a weight stored as [out, in] (PyTorch's layout): x Wᵀ + b.
 *
 * @param x       [N, in]
 * @param weight  [out, in]
 * @param bias    [out]
 */
export function linear(x: tf.Tensor2D, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return tf.add(tf.matMul(x, weight as tf.Tensor2D, false, true), bias); // [N, in] -> [N, out]
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
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true); // [..., D] -> [..., 1]
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, eps))), scale), shift);
}

/**
 * Gaussian error linear unit in its exact form, x Φ(x).
 *
 * @source Hendrycks & Gimpel 2016; `hidden_act: "gelu"` in Hugging Face configurations
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
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

/** Largest finite float32. */
const LOWEST_MAGNITUDE = 3.4028234663852886e38;
