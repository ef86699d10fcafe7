/** Kernels of our own names, each one onnxruntime operator for what takes tfjs several; `lib/engine/nn.ts` uses them where they exist. */

import { Int8Matrix } from "../frozenValue.js";
import { apply, applyMany, constant, int64, type Value } from "../graph.js";
import { binary } from "./elementwise.js";
import type { KernelTable } from "./kernel.js";

/**
 * Rows times the bytes of a linear map: [N, in] -> [N, out]. Each row is rounded to 127 steps of its own size, so that no
 * value depends on what else is in the batch.
 */
function int8Product(x: Value, matrix: Int8Matrix): Value {
  const [N = 0] = x.shape;
  const { bytes, zero, scales } = matrix.parts();
  const sizes = apply("ReduceMax", [apply("Abs", [x], "float32", x.shape), int64([1])], "float32", [N, 1]);
  const steps = binary("Mul", binary("Max", sizes, constant(1e-30, "float32")), constant(1 / 127, "float32"));
  const zeros = apply("Expand", [zero, int64([N])], "uint8", [N]);
  const attributes = { axis: 0 };
  const rounded = apply("QuantizeLinear", [x, steps.reshape([N]), zeros], "uint8", x.shape, { attributes });
  const inputs = [rounded, bytes, constant(1, "float32"), scales, zero, zero];
  const shape = [N, matrix.rows.outputs];
  return binary("Mul", apply("MatMulIntegerToFloat", inputs, "float32", shape, { domain: "com.microsoft" }), steps);
}

/** Kernels of this file by name. */
export const fusedKernels: KernelTable = {
  /** x [N, in], an int8 matrix -> [N, out] */
  Int8Product: ({ backend, inputs, value }) => {
    const matrix = inputs.weight && backend.frozenValue(inputs.weight.dataId);
    if (!(matrix instanceof Int8Matrix)) throw new Error("Int8Product needs a weight made by int8Matrix.");
    return int8Product(value("x"), matrix);
  },
  /** x -> x Φ(x) */
  FusedGelu: ({ value }) => apply("Gelu", [value("x")], "float32", value("x").shape, { domain: "com.microsoft" }),
  /** x, scale, shift -> [normalised, mean, reciprocal deviation] over the last axis */
  FusedLayerNorm: ({ value, attrs }) => {
    const x = value("x");
    const statistic = { dtype: "float32" as const, shape: [...x.shape.slice(0, -1), 1] };
    const outputs = [{ dtype: "float32" as const, shape: x.shape }, statistic, statistic];
    const attributes = { axis: -1, epsilon: { float: Number(attrs.eps) } };
    return applyMany("LayerNormalization", [x, value("scale"), value("shift")], outputs, attributes) as Value[];
  },
};
