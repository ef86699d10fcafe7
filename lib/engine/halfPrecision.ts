/** Sixteen-bit floating-point numbers as their bits: float16 (IEEE 754 binary16) and bfloat16. */

/** What sixteen bits may mean. */
export type HalfType = "float16" | "bfloat16";

/** The float32 values of sixteen-bit numbers, written to `widened`; exact. */
export function widenHalf(halves: Uint16Array, type: HalfType, widened?: Float32Array): Float32Array {
  return type === "float16" ? widenFloat16(halves, widened) : widenBfloat16(halves, widened);
}

/** The nearest sixteen-bit numbers (ties to even), written to `halves`. */
export function narrowToHalf(values: Float32Array, type: HalfType, halves?: Uint16Array): Uint16Array {
  return type === "float16" ? narrowToFloat16(values, halves) : narrowToBfloat16(values, halves);
}

/**
 * The float32 values of float16 bits; exact, subnormals, infinities and NaN included.
 *
 * @source IEEE 754-2019, binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits
 */
export function widenFloat16(halves: Uint16Array, widened = new Float32Array(halves.length)): Float32Array {
  const bits = bitsOf(widened);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] ?? 0;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      widened[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    } else {
      bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
    }
  }
  return widened;
}

/** The float32 values of bfloat16 bits, which are the upper half of a float32; exact. */
export function widenBfloat16(halves: Uint16Array, widened = new Float32Array(halves.length)): Float32Array {
  const bits = bitsOf(widened);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return widened;
}

/** The nearest float16 bits (ties to even); from 65,520 up the result is infinite. */
export function narrowToFloat16(values: Float32Array, halves = new Uint16Array(values.length)): Uint16Array {
  const bits = bitsOf(values);
  for (let i = 0; i < values.length; i++) {
    const word = bits[i] ?? 0;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    halves[i] = sign | narrowMagnitude(magnitude);
  }
  return halves;
}

/** The nearest bfloat16 bits (ties to even); from 2^128 - 2^119 up the result is infinite. */
export function narrowToBfloat16(values: Float32Array, halves = new Uint16Array(values.length)): Uint16Array {
  const bits = bitsOf(values);
  for (let i = 0; i < values.length; i++) {
    const word = bits[i] ?? 0;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    halves[i] = sign | (magnitude > 0x7f800000 ? 0x7fc0 : roundShift(magnitude, 16)); // NaN keeps no payload
  }
  return halves;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Float16 bits of a float32 without its sign, given as float32 bits. */
function narrowMagnitude(magnitude: number): number {
  if (magnitude > 0x7f800000) return 0x7e00; // NaN
  if (magnitude >= 0x47800000) return 0x7c00; // 65,536 and more
  const exponent = magnitude >>> 23;
  if (exponent >= 113) {
    // Normal: dropping 13 fraction bits may carry into the exponent, which is the right result.
    return roundShift(magnitude - (112 << 23), 13);
  }
  if (exponent < 102) return 0; // below half of the smallest subnormal
  return roundShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
}

/** `value / 2^shift` rounded to the nearest integer, ties to even. */
function roundShift(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return quotient + (rest > half || (rest === half && (quotient & 1) === 1) ? 1 : 0);
}
