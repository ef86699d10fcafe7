/** Kernels of our own names, each one onnxruntime operator for what takes tfjs several; `lib/engine/nn.ts` uses them where they exist. */

import { Int8Matrix } from "../frozenValue.js";
import { apply, applyMany, cast, type Value } from "../graph.js";
import type { KernelTable } from "./kernel.js";

/** Rows, rounded to one scale for all of them, times the bytes of a linear map: [N, in] -> [N, out]. */
function int8Product(x: Value, matrix: Int8Matrix): Value {
  const { bytes, zero, scales } = matrix.parts();
  const [rounded, scale, origin] = applyMany(
    "DynamicQuantizeLinear",
    [x],
    [
      { dtype: "uint8", shape: x.shape },
      { dtype: "float32", shape: [] },
      { dtype: "uint8", shape: [] },
    ],
  ) as [Value, Value, Value];
  const shape = [x.shape[0] ?? 0, matrix.rows.outputs];
  const sums = apply("MatMulInteger", [rounded, bytes, origin, zero], "int32", shape);
  return apply(
    "Mul",
    [cast(sums, "float32"), apply("Mul", [scales, scale], "float32", scales.shape)],
    "float32",
    shape,
  );
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
