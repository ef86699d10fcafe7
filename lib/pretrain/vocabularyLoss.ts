/** Cross entropy over a large vocabulary, with a gradient that touches [N, V] as few times as possible. */

import * as tf from "@tensorflow/tfjs";

/** Keeps the logarithm finite where a probability underflows. */
const TINY = 1e-30;

/**
 * Cross entropy of each row's target under softmax(features embeddingᵀ + bias).
 *
 * With p the softmax, the gradient of the logits is p minus one-hot. Written out for each input, the one-hot part is a gather or a
 * segment sum of [N, D] rows, so that p itself is the only [N, V] value: no one-hot matrix, no difference.
 *
 * @param features   [N, D]
 * @param embedding  [V, D]
 * @param bias       [V]
 * @param targets    [N] int32
 * @returns          [N], nats
 */
export function vocabularyCrossEntropy(
  features: tf.Tensor2D,
  embedding: tf.Tensor2D,
  bias: tf.Tensor1D,
  targets: tf.Tensor1D,
): tf.Tensor1D {
  const [N] = features.shape;
  const V = embedding.shape[0];
  const operation = tf.customGrad((...inputs) => {
    const save = inputs[3] as unknown as tf.GradSaveFunc;
    const [x, E, b] = inputs as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    const probabilities = tf.softmax(tf.add(tf.matMul(x, E, false, true), b)); // [N, V]
    const rowStarts = tf.tensor1d(
      Int32Array.from({ length: N }, (_, n) => n * V),
      "int32",
    );
    const own = tf.gather(tf.reshape(probabilities, [N * V]), tf.add(rowStarts, targets)); // [N]
    save([probabilities, x, E]);
    const gradFunc = (upstream: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [p, rows, table] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const weight: tf.Tensor2D = tf.reshape(upstream, [N, 1]);
      const weighted: tf.Tensor2D = tf.mul(rows, weight); // [N, D]
      const expected: tf.Tensor2D = tf.matMul(p, table); // [N, D], mean embedding under p
      return [
        tf.mul(tf.sub(expected, tf.gather(table, targets)), weight),
        tf.sub(tf.matMul(p, weighted, true, false), tf.unsortedSegmentSum(weighted, targets, V)), // [V, D]
        tf.sub(
          tf.reshape(tf.matMul(p, weight, true, false), [V]),
          tf.unsortedSegmentSum(tf.reshape(weight, [N]), targets, V),
        ),
      ];
    };
    return { value: tf.neg(tf.log(tf.add(own, TINY))), gradFunc };
  });
  return operation(features, embedding, bias) as tf.Tensor1D;
}
