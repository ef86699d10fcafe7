/** The fixtures' batches, in the form that the hyper-network reads. */

import * as tf from "@tensorflow/tfjs";
import type { SafetensorsFile } from "../../lib/backbone/safetensors.js";
import { poolingMatrices } from "../../lib/prompt/promptPooling.js";
import type { SearchInputs } from "../../lib/search/searchLoss.js";
import { goldenTensor } from "./golden.js";

/** The tensors `<prefix>input_ids`, `attention_mask`, `mask_pos` and `labels` of `file`. */
export function goldenBatch(
  file: SafetensorsFile,
  options: { readonly prefix?: string; readonly promptLength: number; readonly gateMask: tf.Tensor1D },
): SearchInputs & Record<string, tf.Tensor> {
  const { prefix = "", promptLength, gateMask } = options;
  const attentionMask = goldenTensor<tf.Tensor2D>(file, `${prefix}attention_mask`);
  const [B, T] = attentionMask.shape;
  const maskPosition = goldenTensor<tf.Tensor1D>(file, `${prefix}mask_pos`);
  const labels = goldenTensor<tf.Tensor1D>(file, `${prefix}labels`);
  return {
    inputIds: goldenTensor<tf.Tensor2D>(file, `${prefix}input_ids`),
    attentionMask,
    pooling: tf.tensor3d(poolingMatrices(attentionMask.arraySync(), promptLength), [B, promptLength, T]),
    readout: tf.oneHot(maskPosition, T).cast("float32").reshape([B, 1, T]),
    targets: tf.oneHot(labels, 2).cast("float32") as tf.Tensor2D,
    gateMask,
  };
}
