/** Element types of the engine and the arrays that hold them. */

/** tfjs's number types, and those that only exist inside a graph; uint16 holds the bits of bfloat16. */
export type DType = "float32" | "int32" | "bool" | "int64" | "float64" | "float16" | "bfloat16" | "uint16" | "uint8";

/** Entries in row-major order. */
export type Data = Float32Array | Int32Array | Uint8Array | Uint16Array | BigInt64Array | Float64Array;

/** Number of entries of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** `values` in the array type of `dtype`; kept as it is when it has that type already. */
export function toData(values: ArrayLike<number | boolean>, dtype: "float32" | "int32" | "bool"): Data {
  const type = dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;
  return values instanceof type ? values : type.from(values as ArrayLike<number>);
}
