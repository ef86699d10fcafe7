/** Tensors that are never written, in less memory where the device can. */

import * as tf from "@tensorflow/tfjs";
import { type HalfType, widenHalf } from "./halfPrecision.js";
import { OnnxBackend } from "./onnx/backend.js";
import { HalfMatrix } from "./onnx/halfMatrix.js";

/** Whether the present device holds half precision as it is; the others widen it. */
export function holdsHalf(): boolean {
  return tf.backend() instanceof OnnxBackend;
}

/**
 * A float32 tensor whose entries all have sixteen bits. On onnxruntime's devices these are held, and each operation
 * widens what it reads; elsewhere they are widened here. The values, and all that is computed from them, are the same.
 *
 * @param bits  row-major; the caller's no more
 */
export function frozenMatrix(bits: Uint16Array, shape: readonly number[], type: HalfType): tf.Tensor {
  const backend = tf.backend();
  if (!(backend instanceof OnnxBackend)) return tf.tensor(widenHalf(bits, type), [...shape], "float32");
  return tf.engine().makeTensorFromTensorInfo(backend.hold(new HalfMatrix(type, shape, bits)));
}

/** Bytes that the entries of a tensor take on the present device. */
export function heldBytes(tensor: tf.Tensor): number {
  const backend = tf.backend();
  return backend instanceof OnnxBackend ? backend.heldBytes(tensor.dataId) : tensor.size * 4;
}
