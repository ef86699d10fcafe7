/** Tensors that are never written, in less memory where the device can. */

import * as tf from "@tensorflow/tfjs";
import { type HalfType, widenHalf } from "./halfPrecision.js";
import { type Int8Rows, widenInt8 } from "./int8.js";
import { OnnxBackend } from "./onnx/backend.js";
import { HalfMatrix, Int8Matrix } from "./onnx/frozenValue.js";

/** Whether the present device holds matrices in fewer bytes; the others widen them. */
export function holdsFrozen(): boolean {
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

/**
 * A matrix in eight bits an entry, a float32 tensor as the other operations see it. On onnxruntime's devices `linear`
 * multiplies its bytes with the quantised rows; elsewhere it is widened here.
 */
export function int8Matrix(rows: Int8Rows): tf.Tensor {
  const { inputs, outputs, isOutputsFirst } = rows;
  const shape: [number, number] = isOutputsFirst ? [outputs, inputs] : [inputs, outputs];
  const backend = tf.backend();
  if (!(backend instanceof OnnxBackend)) return tf.tensor(widenInt8(rows), shape, "float32");
  return tf.engine().makeTensorFromTensorInfo(backend.hold(new Int8Matrix(shape, rows)));
}

/** Whether a tensor is what `int8Matrix` makes on onnxruntime's devices, and no variable. */
export function isInt8(tensor: tf.Tensor): boolean {
  const backend = tf.backend();
  if (!(backend instanceof OnnxBackend) || tensor instanceof tf.Variable) return false;
  return backend.frozenValue(tensor.dataId) instanceof Int8Matrix;
}

/** Bytes that the entries of a tensor take on the present device. */
export function heldBytes(tensor: tf.Tensor): number {
  const backend = tf.backend();
  return backend instanceof OnnxBackend ? backend.heldBytes(tensor.dataId) : tensor.size * 4;
}
