/** Float32 tensors that are never written, held in fewer bytes and widened inside the graph. */

import { type HalfType, widenHalf } from "../halfPrecision.js";
import { type Int8Rows, widenInt8 } from "../int8.js";
import { apply, cast, ONNX_TYPE, Value } from "./graph.js";

/** What the backend holds in place of float32 entries. */
export interface FrozenValue {
  readonly shape: readonly number[];
  readonly byteLength: number;
  /**
   * The float32 value, from graph inputs of its own at each call: were they shared, the copy that the forward pass
   * widens would stay in memory until the backward pass reads it, for all layers at once.
   */
  widen(): Value;
  /** The entries as float32, row-major. */
  read(): Float32Array;
}

/** Sixteen bits an entry. */
export class HalfMatrix implements FrozenValue {
  constructor(
    readonly type: HalfType,
    readonly shape: readonly number[],
    readonly bits: Uint16Array,
  ) {}

  get byteLength(): number {
    return this.bits.byteLength;
  }

  widen(): Value {
    return widenBits(new Value(this.type === "float16" ? "float16" : "uint16", this.shape, this.bits));
  }

  read(): Float32Array {
    return widenHalf(this.bits, this.type);
  }
}

/** Eight bits an entry, and a scale for each output of the linear map. */
export class Int8Matrix implements FrozenValue {
  constructor(
    readonly shape: readonly [number, number],
    readonly rows: Int8Rows,
  ) {}

  get byteLength(): number {
    return this.rows.bytes.byteLength + this.rows.scales.byteLength;
  }

  /** Graph values: the entries plus 128, [in, out] uint8, their zero point, and the scales, [out]. */
  parts(): { readonly bytes: Value; readonly zero: Value; readonly scales: Value } {
    const { inputs, outputs, bytes, scales } = this.rows;
    const zero = new Value("uint8", [], Uint8Array.of(128), null, 0, true);
    return {
      bytes: new Value("uint8", [inputs, outputs], bytes),
      zero,
      scales: new Value("float32", [outputs], scales),
    };
  }

  widen(): Value {
    const { inputs, outputs, isOutputsFirst } = this.rows;
    const { bytes, scales } = this.parts();
    const zeros = new Value("uint8", [outputs], new Uint8Array(outputs).fill(128));
    const attributes = { axis: 1 };
    const entries = apply("DequantizeLinear", [bytes, scales, zeros], "float32", [inputs, outputs], { attributes });
    if (!isOutputsFirst) return entries;
    return apply("Transpose", [entries], "float32", [outputs, inputs], { attributes: { perm: [1, 0] } });
  }

  read(): Float32Array {
    return widenInt8(this.rows);
  }
}

/** Float32 entries of a value that is float16, or uint16 with the bits of bfloat16 (which onnxruntime-node has no inputs of). */
export function widenBits(bits: Value): Value {
  if (bits.dtype === "float16") return cast(bits, "float32");
  return cast(apply("BitCast", [bits], "bfloat16", bits.shape, { attributes: { to: ONNX_TYPE.bfloat16 } }), "float32");
}

/** The value that `widenBits` made `value` from, for operators that pick entries: better before widening than after; else null. */
export function halfBits(value: Value): Value | null {
  if (value.op?.type !== "Cast") return null;
  const [source] = value.op.inputs;
  const bits = source?.op?.type === "BitCast" ? source.op.inputs[0] : source;
  return bits?.dtype === "float16" || bits?.dtype === "uint16" ? bits : null;
}
