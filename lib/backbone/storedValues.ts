/** Numbers of a file range in the type that is wanted of them, decoded piece by piece: no second copy beside the result. */

import { type HalfType, narrowToHalf, widenHalf } from "../engine/halfPrecision.js";
import { CheckpointError } from "../errors.js";
import { readPieces, readRange } from "./fileRange.js";

/** Storage types that are understood. */
export type StoredDtype = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "U8" | "BOOL";

/** Where numbers lie: little-endian, next to each other. */
export interface StoredRange {
  readonly path: string;
  /** First byte. */
  readonly position: number;
  readonly count: number;
  readonly dtype: StoredDtype;
  /** What is being read, for error messages. */
  readonly label: string;
}

/** Width of one stored value. */
export const BYTES_PER_VALUE: Readonly<Record<StoredDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
  BOOL: 1,
};

/** The storage types that are sixteen-bit numbers. */
export const HALF_TYPES: Readonly<Partial<Record<StoredDtype, HalfType>>> = { F16: "float16", BF16: "bfloat16" };

/** A multiple of every width. */
const PIECE_BYTES = 1 << 20;

/**
 * A Float32Array for floating-point storage (F64 is rounded), an Int32Array otherwise.
 *
 * @throws CheckpointError  when the range leaves the file, or an I64 value does not fit 32 bits
 */
export function readValues(range: StoredRange): Float32Array | Int32Array {
  const { path, position, count, dtype, label } = range;
  if (dtype === "F32") return new Float32Array(readRange(path, position, count * 4));
  if (dtype === "I32") return new Int32Array(readRange(path, position, count * 4));
  if (dtype === "F64" || dtype in HALF_TYPES) return readPiecewise(range, () => new Float32Array(count), decodeFloats);
  return readPiecewise(
    range,
    () => new Int32Array(count),
    (bytes, type, values) => decodeIntegers(bytes, type, values, label),
  );
}

/**
 * Bits of sixteen-bit numbers: those of the file where it has that type, else the nearest.
 *
 * @throws CheckpointError  when the storage is not floating-point, or a finite number is too large for the type
 */
export function readHalves(range: StoredRange, type: HalfType): Uint16Array {
  const { path, position, count, dtype, label } = range;
  if (HALF_TYPES[dtype] === type) return new Uint16Array(readRange(path, position, count * 2));
  checkFloats(dtype, label);
  return readPiecewise(
    range,
    () => new Uint16Array(count),
    (bytes, stored, halves) => {
      const values = new Float32Array(halves.length);
      decodeFloats(bytes, stored, values);
      narrowToHalf(values, type, halves);
      checkRange(values, halves, type, label);
    },
  );
}

/** @throws CheckpointError  when numbers of that storage type are not floating-point */
export function checkFloats(dtype: StoredDtype, label: string): void {
  if (dtype === "F32" || dtype === "F64" || dtype in HALF_TYPES) return;
  throw new CheckpointError(`${label} must hold floating-point numbers; its dtype is ${dtype}.`, { label, dtype });
}

/** @param create  makes room for the result; called once the range is known to lie in the file */
function readPiecewise<T extends Float32Array | Int32Array | Uint16Array>(
  { path, position, count, dtype }: StoredRange,
  create: () => T,
  decode: (bytes: ArrayBuffer, dtype: StoredDtype, target: T) => void,
): T {
  const width = BYTES_PER_VALUE[dtype];
  let target: T | undefined;
  readPieces(path, position, count * width, PIECE_BYTES, (bytes, from) => {
    target ??= create();
    decode(bytes, dtype, target.subarray(from / width, (from + bytes.byteLength) / width) as T);
  });
  return target ?? create();
}

function decodeFloats(bytes: ArrayBuffer, dtype: StoredDtype, values: Float32Array): void {
  const half = HALF_TYPES[dtype];
  if (half !== undefined) widenHalf(new Uint16Array(bytes), half, values);
  else values.set(dtype === "F64" ? new Float64Array(bytes) : new Float32Array(bytes));
}

function decodeIntegers(bytes: ArrayBuffer, dtype: StoredDtype, values: Int32Array, label: string): void {
  if (dtype !== "I64") {
    values.set(new Uint8Array(bytes));
    return;
  }
  new BigInt64Array(bytes).forEach((value, i) => {
    if (BigInt.asIntN(32, value) !== value) {
      throw new CheckpointError(`${label} holds ${value}, which does not fit the 32-bit integers used here.`, {
        value: String(value),
      });
    }
    values[i] = Number(value);
  });
}

function checkRange(values: Float32Array, halves: Uint16Array, type: HalfType, label: string): void {
  const infinite = type === "float16" ? 0x7c00 : 0x7f80;
  const at = halves.findIndex((bits, i) => (bits & 0x7fff) === infinite && Number.isFinite(values[i]));
  if (at < 0) return;
  throw new CheckpointError(
    `${label} holds ${values[at]}, which is too large for ${type}. Load it with { weights: "f32" }.`,
    { label, value: values[at], type },
  );
}
