/** Frozen matrices in half precision, widened inside the graph. */

import { type HalfType, widenHalf } from "../halfPrecision.js";
import { apply, cast, ONNX_TYPE, Value } from "./graph.js";

/** What a float32 tensor is held as when it is never written: sixteen bits an entry, row-major. */
export class HalfMatrix {
  constructor(
    readonly type: HalfType,
    readonly shape: readonly number[],
    readonly bits: Uint16Array,
  ) {}

  /**
   * The float32 value, from a graph input of its own at each call: were it shared, the copy that the forward pass widens
   * would stay in memory until the backward pass reads it, for all layers at once.
   */
  widen(): Value {
    return widen(new Value(this.type === "float16" ? "float16" : "uint16", this.shape, this.bits));
  }

  /** The entries as float32. */
  read(): Float32Array {
    return widenHalf(this.bits, this.type);
  }
}

/** Float32 entries of a value that is float16, or uint16 with the bits of bfloat16 (which onnxruntime-node has no inputs of). */
export function widen(bits: Value): Value {
  if (bits.dtype === "float16") return cast(bits, "float32");
  return cast(apply("BitCast", [bits], "bfloat16", bits.shape, { attributes: { to: ONNX_TYPE.bfloat16 } }), "float32");
}

/** The value that `widen` made `value` from, for operators that pick entries: better before widening than after; else null. */
export function halfBits(value: Value): Value | null {
  if (value.op?.type !== "Cast") return null;
  const [source] = value.op.inputs;
  const bits = source?.op?.type === "BitCast" ? source.op.inputs[0] : source;
  return bits?.dtype === "float16" || bits?.dtype === "uint16" ? bits : null;
}
