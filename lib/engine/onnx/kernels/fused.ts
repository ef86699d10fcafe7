/** Kernels of our own names, each one onnxruntime operator for what takes tfjs several; `lib/engine/nn.ts` uses them where they exist. */

import { apply, applyMany, type Value } from "../graph.js";
import type { KernelTable } from "./kernel.js";

/** Kernels of this file by name. */
export const fusedKernels: KernelTable = {
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
