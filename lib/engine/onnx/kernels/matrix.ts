/** Matrix products: plain, transposed, batched, and with a bias and activation fused. */

import { apply, filled, type Value } from "../graph.js";
import { activation, binary } from "./elementwise.js";
import { broadcastShape, type KernelCall, type KernelTable } from "./kernel.js";
import { transpose } from "./layout.js";

function matMul({ value, attrs }: KernelCall): Value {
  const [a, b] = [value("a"), value("b")];
  const [transposeA, transposeB] = [Boolean(attrs.transposeA), Boolean(attrs.transposeB)];
  const [rows, innerA] = lastTwo(a, transposeA);
  const [innerB, columns] = lastTwo(b, transposeB);
  if (innerA !== innerB) {
    const flag = (shape: readonly number[], transposed: boolean) => `[${shape}]${transposed ? " transposed" : ""}`;
    throw new Error(
      `matMul: inner dimensions ${innerA} and ${innerB} differ, of ${flag(a.shape, transposeA)} and ${flag(b.shape, transposeB)}.`,
    );
  }
  const shape = [...broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2), "matMul"), rows, columns];
  if (innerA === 0) return filled(0, a.dtype === "int32" ? "int32" : "float32", shape); // FusedMatMul would leave its result unwritten
  if (a.dtype === "int32") {
    const [left, right] = [transposeA ? swapLastTwo(a) : a, transposeB ? swapLastTwo(b) : b];
    return apply("MatMul", [left, right], "int32", shape); // Gemm and FusedMatMul know floats only
  }
  if (!transposeA && !transposeB) return apply("MatMul", [a, b], "float32", shape);
  const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  if (a.shape.length === 2 && b.shape.length === 2) return apply("Gemm", [a, b], "float32", shape, { attributes });
  return apply("FusedMatMul", [a, b], "float32", shape, { attributes, domain: "com.microsoft" });
}

function lastTwo(value: Value, isTransposed: boolean): [number, number] {
  const [rows = 1, columns = 1] = value.shape.slice(-2);
  return isTransposed ? [columns, rows] : [rows, columns];
}

function swapLastTwo(value: Value): Value {
  const perm = value.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  return transpose(value, perm);
}

/** Kernels of this file by tfjs name. */
export const matrixKernels: KernelTable = {
  BatchMatMul: matMul,
  _FusedMatMul: (call) => {
    const product = matMul(call);
    const biased = call.inputs.bias ? binary("Add", product, call.value("bias")) : product;
    const slope = call.inputs.preluActivationWeights ? call.value("preluActivationWeights") : undefined;
    return activation(call.attrs.activation as string | undefined, biased, call.attrs, slope);
  },
};
