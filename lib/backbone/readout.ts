/** Rows of hidden states side by side: all of them, those alone that a head reads, or more in front of them. */

import * as tf from "@tensorflow/tfjs";

/**
 * The states that are to be computed further.
 *
 * @param hidden   [B, N, D]
 * @param readout  [B, R, N], each row 1 at one position and 0 elsewhere
 * @returns        [B·R, D]; without `readout` every row, [B·N, D]
 */
export function pickRows(hidden: tf.Tensor3D, readout?: tf.Tensor3D): tf.Tensor2D {
  const rows = readout === undefined ? hidden : tf.matMul(readout, hidden); // [B, R, N] · [B, N, D] -> [B, R, D]
  return tf.reshape(rows, [-1, hidden.shape[2]]);
}

/**
 * The same l rows in front of each example's.
 *
 * @param rows       [B·T, D]
 * @param front      [l, D]; without it, `rows` are given back
 * @param batchSize  B
 * @returns          [B·(l + T), D]
 */
export function prependRows(rows: tf.Tensor2D, front: tf.Tensor2D | undefined, batchSize: number): tf.Tensor2D {
  if (front === undefined) return rows;
  const D = rows.shape[1];
  const repeated = tf.add<tf.Tensor3D>(tf.zeros([batchSize, 1, 1]), front); // a sum, as its gradient is one, too
  return tf.reshape(tf.concat3d([repeated, tf.reshape(rows, [batchSize, -1, D])], 1), [-1, D]);
}
