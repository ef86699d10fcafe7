/** Rows of hidden states side by side: all of them, or those alone that a head reads. */

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
