/** The recorded graph: values and the ONNX operators between them. */

import type { Data } from "./dtype.js";
import { type DType, elementCount } from "./dtype.js";

/** An attribute of an ONNX operator: whole numbers are integers unless wrapped in `{ float }`. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** One recorded operator. */
export interface Op {
  readonly type: string;
  /** "" is the ONNX standard; "com.microsoft" holds onnxruntime's own operators. */
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputCount: number;
  /** The tfjs scope and kernel that recorded it, for onnxruntime's error messages. */
  readonly scope: string;
}

/** A tensor of the graph: computed already (`data`), or the output of an operator still to run. */
export class Value {
  private static count = 0;
  /** Grows with every value, so that "before" and "after" a moment can be told. */
  readonly id = Value.count++;
  private reshaped: Map<string, Value> | undefined;

  constructor(
    readonly dtype: DType,
    readonly shape: readonly number[],
    /** The computed entries; null while pending. */
    public data: Data | null,
    /** What computes it; null when `data` was given, or once it has been computed. */
    public op: Op | null = null,
    /** Which of the operator's outputs it is. */
    readonly outputIndex = 0,
    /** Becomes part of the compiled model instead of one of its inputs. */
    readonly isInline = false,
    /** The number that every entry equals, where that is known at recording. */
    readonly uniform: number | undefined = undefined,
  ) {}

  /** The id that the next value will get. */
  static nextId(): number {
    return Value.count;
  }

  get size(): number {
    return elementCount(this.shape);
  }

  /** This value under another shape of the same size; repeated calls share one operator. */
  reshape(shape: readonly number[]): Value {
    if (sameShape(shape, this.shape)) return this;
    const key = shape.join();
    this.reshaped ??= new Map();
    let value = this.reshaped.get(key);
    if (!value) {
      const attributes = shape.includes(0) ? { allowzero: 1 } : undefined; // otherwise ONNX reads 0 as "as before"
      value = apply("Reshape", [this, int64(shape)], this.dtype, shape, { attributes, uniform: this.uniform });
      this.reshaped.set(key, value);
    }
    return value;
  }

  /** Replaces the operator by its result. */
  settle(data: Data): void {
    this.data = data;
    this.op = null;
    this.reshaped = undefined;
  }
}

/** Names the tfjs scope for operators recorded from now on. */
export const recording = { scope: "" };

/** Records an operator with one output. */
export function apply(
  type: string,
  inputs: readonly Value[],
  dtype: DType,
  shape: readonly number[],
  options: {
    readonly attributes?: Readonly<Record<string, Attribute>>;
    readonly domain?: string;
    readonly uniform?: number | undefined;
  } = {},
): Value {
  const op: Op = {
    type,
    domain: options.domain ?? "",
    inputs,
    attributes: options.attributes ?? {},
    outputCount: 1,
    scope: recording.scope,
  };
  return new Value(dtype, shape, null, op, 0, false, options.uniform);
}

/** Records an operator with several outputs. */
export function applyMany(
  type: string,
  inputs: readonly Value[],
  outputs: readonly { readonly dtype: DType; readonly shape: readonly number[] }[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Value[] {
  const op: Op = { type, domain: "", inputs, attributes, outputCount: outputs.length, scope: recording.scope };
  return outputs.map(({ dtype, shape }, index) => new Value(dtype, shape, null, op, index));
}

/** A one-dimensional int64 constant: axes, shapes, starts. */
export function int64(numbers: readonly number[]): Value {
  return new Value("int64", [numbers.length], BigInt64Array.from(numbers, BigInt), null, 0, true);
}

/** A constant scalar of the model. */
export function constant(number: number, dtype: "float32" | "int32" | "bool"): Value {
  const data =
    dtype === "float32"
      ? Float32Array.of(number)
      : dtype === "int32"
        ? Int32Array.of(number)
        : Uint8Array.of(number ? 1 : 0);
  return new Value(dtype, [], data, null, 0, true, number);
}

/** A tensor whose entries all equal `number`, without storing them. */
export function filled(number: number, dtype: "float32" | "int32" | "bool", shape: readonly number[]): Value {
  if (shape.length === 0) return constant(number, dtype);
  return apply("Expand", [constant(number, dtype), int64(shape)], dtype, shape, { uniform: number });
}

/** `value` as another dtype. */
export function cast(value: Value, dtype: DType): Value {
  if (value.dtype === dtype) return value;
  return apply("Cast", [value], dtype, value.shape, { attributes: { to: ONNX_TYPE[dtype] } });
}

/** ONNX element type numbers. */
export const ONNX_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  uint16: 4,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
