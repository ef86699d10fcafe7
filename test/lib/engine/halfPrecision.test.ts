import { describe, expect, it } from "vitest";
import { narrowToBfloat16, narrowToHalf, widenBfloat16, widenHalf } from "../../../lib/engine/halfPrecision.js";

describe("narrowToBfloat16", () => {
  it("gives back every bfloat16 number", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((word) => (word & 0x7fff) <= 0x7f80);
    expect(bits).toHaveLength(2 * 0x7f81);
    expect(narrowToBfloat16(widenBfloat16(bits))).toEqual(bits);
  });

  it("rounds to the nearest, ties to even, and keeps NaN", () => {
    const cases: [number, number][] = [
      [1 + 2 ** -8, 0x3f80], // halfway between 1 and 1 + 2^-7
      [1 + 3 * 2 ** -8, 0x3f82], // halfway, odd below
      [1 + 2 ** -8 + 2 ** -20, 0x3f81],
      [-1.996, 0xbfff],
      [-1.999, 0xc000], // carries into the exponent
      [3.4e38, 0x7f80], // beyond the largest
      [Number.NaN, 0x7fc0],
    ];
    expect([...narrowToBfloat16(Float32Array.from(cases, ([value]) => value))]).toEqual(cases.map(([, bits]) => bits));
  });
});

describe("widenHalf and narrowToHalf", () => {
  it.each(["float16", "bfloat16"] as const)("write %s numbers where they are told to", (type) => {
    const values = Float32Array.of(9, 1, -2, 0.5, 9);
    const halves = new Uint16Array(5);
    narrowToHalf(values.subarray(1, 4), type, halves.subarray(2));
    expect([...halves.subarray(0, 2)]).toEqual([0, 0]);
    widenHalf(halves.subarray(2), type, values.subarray(0, 3));
    expect([...values]).toEqual([1, -2, 0.5, 0.5, 9]);
  });
});
