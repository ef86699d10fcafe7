/** Matrices of linear maps in eight bits an entry. */

/** A quantised matrix; entry (i, o) is (bytes[i · outputs + o] − 128) · scales[o]. */
export interface Int8Rows {
  readonly inputs: number;
  readonly outputs: number;
  /** [in, out], as integer matrix products want it, whichever way the matrix itself is stored. */
  readonly bytes: Uint8Array;
  /** [out] */
  readonly scales: Float32Array;
  /** Whether the matrix is [out, in]. */
  readonly isOutputsFirst: boolean;
}

/**
 * Symmetric quantisation with one scale per output: its largest magnitude becomes 127. Offset by 128, since products of
 * unsigned bytes never saturate, which those of mixed signs do on processors without VNNI.
 *
 * @param values          row-major, [out, in] or [in, out]
 * @param isOutputsFirst  which of the two
 */
export function quantizeInt8(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  isOutputsFirst: boolean,
): Int8Rows {
  const [outputs, inputs] = isOutputsFirst ? [rows, columns] : [columns, rows];
  const place = (input: number, output: number): number =>
    isOutputsFirst ? output * inputs + input : input * outputs + output;
  const bytes = new Uint8Array(values.length);
  const scales = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let largest = 0;
    for (let i = 0; i < inputs; i++) largest = Math.max(largest, Math.abs(values[place(i, o)] ?? 0));
    scales[o] = largest / 127;
    for (let i = 0; i < inputs; i++) {
      bytes[i * outputs + o] = 128 + (largest > 0 ? Math.round(((values[place(i, o)] ?? 0) / largest) * 127) : 0);
    }
  }
  return { inputs, outputs, bytes, scales, isOutputsFirst };
}

/** The entries as float32, row-major in the matrix's own layout. */
export function widenInt8({ inputs, outputs, bytes, scales, isOutputsFirst }: Int8Rows): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) {
      const value = ((bytes[i * outputs + o] ?? 0) - 128) * (scales[o] ?? 0);
      values[isOutputsFirst ? o * inputs + i : i * outputs + o] = value;
    }
  }
  return values;
}
