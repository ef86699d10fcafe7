import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { heldBytes, int8Matrix, isInt8 } from "../../../lib/engine/frozenMatrix.js";
import { jit, useDevice } from "../../../lib/engine/index.js";
import { quantizeInt8, widenInt8 } from "../../../lib/engine/int8.js";
import { linear } from "../../../lib/engine/nn.js";
import { testDevices } from "../devices.js";

const values = Float32Array.from({ length: 15 }, (_, i) => Math.sin(1 + i) * 10 ** ((i % 3) - 1));

describe("quantizeInt8", () => {
  it("rounds each output's weights to multiples of a 127th of the largest", () => {
    const rows = quantizeInt8(Float32Array.of(1, -2, 0.5, 0, 0, 0), [2, 3], true); // [out, in]
    expect([...rows.bytes]).toEqual([128 + 64, 128, 128 - 127, 128, 128 + 32, 128]); // [in, out]
    expect([...rows.scales]).toEqual([Math.fround(2 / 127), 0]);
    const turned = quantizeInt8(Float32Array.of(1, 0, -2, 0, 0.5, 0), [3, 2], false); // the same as [in, out]
    expect(turned).toEqual({ ...rows, isOutputsFirst: false });
  });

  it.each([true, false])("is half a step away at most, outputs first: %s", (isOutputsFirst) => {
    const rows = quantizeInt8(values, [5, 3], isOutputsFirst);
    widenInt8(rows).forEach((value, i) => {
      const output = isOutputsFirst ? Math.floor(i / 3) : i % 3;
      expect(Math.abs(value - (values[i] ?? Number.NaN))).toBeLessThanOrEqual((rows.scales[output] ?? 0) * 0.5001);
    });
  });
});

describe.each(testDevices)("a linear map of an int8 matrix on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });
  const x = () => tf.tensor2d([1, -2, 0.5, 3, 4, 0.1], [2, 3]);

  it.each([true, false])(
    "multiplies rows that are rounded to 127 steps of their own, outputs first: %s",
    async (isOutputsFirst) => {
      const shape: [number, number] = isOutputsFirst ? [5, 3] : [3, 5];
      const rows = quantizeInt8(values, shape, isOutputsFirst);
      const weight = int8Matrix(rows);
      expect(weight.shape).toEqual(shape);
      expect(isInt8(weight)).toBe(device === "onnx");
      const exact = tf.tensor2d(widenInt8(rows), shape);
      expect(await weight.data()).toEqual(await exact.data());
      const bias = tf.tensor1d([1, 2, 3, 4, 5]);
      const expected = await tf.matMul(x(), exact, false, isOutputsFirst).add(bias).data();
      const found = await linear(x(), weight, bias, isOutputsFirst).data();
      const steps = [2 / 127, 4 / 127].map((step) => (device === "onnx" ? step : 0)); // the rows' largest are -2 and 4
      const largest = await tf.sum(tf.abs(exact), isOutputsFirst ? 1 : 0).data(); // by output
      found.forEach((value, i) => {
        const bound = ((steps[Math.floor(i / 5)] ?? 0) / 2) * (largest[i % 5] ?? 0) * 1.01 + 1e-5;
        expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThanOrEqual(bound);
      });
    },
  );

  it.each([true, false])(
    "has the gradient of the matrix that its bytes stand for, outputs first: %s",
    (isOutputsFirst) => {
      const shape: [number, number] = isOutputsFirst ? [5, 3] : [3, 5];
      const weight = int8Matrix(quantizeInt8(values, shape, isOutputsFirst));
      const upstream = tf.tensor2d([1, 2, 3, 4, 5, 0.5, 0, 0, -7, 1], [2, 5]);
      const loss = (input: tf.Tensor) =>
        tf.sum(tf.mul(linear(input as tf.Tensor2D, weight, undefined, isOutputsFirst), upstream));
      const found = tf.grad(loss)(x()).dataSync();
      const matrix = tf.tensor2d(weight.dataSync(), shape);
      const expected = tf.matMul(upstream, matrix, false, !isOutputsFirst).dataSync();
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 4);
      });
    },
  );

  it("gives a row the same value in every batch, and zeros for zeros", () => {
    const weight = int8Matrix(quantizeInt8(values, [5, 3], true));
    const [row, other] = [tf.tensor2d([1, -2, 0.5], [1, 3]), tf.tensor2d([300, 1, -900, 0, 0, 0], [2, 3])];
    const together = linear(tf.concat([other, row]), weight).arraySync();
    expect(together[2]).toEqual(linear(row, weight).arraySync()[0]);
    expect(together[1]).toEqual([0, 0, 0, 0, 0]);
  });

  it("does not saturate where every product is as large as can be", () => {
    const weight = int8Matrix(quantizeInt8(new Float32Array(64 * 8).fill(3), [8, 64], true));
    for (const value of linear(tf.fill([4, 64], 2), weight).dataSync()) expect(value).toBeCloseTo(384, 2);
  });

  it("gives an ordinary gradient to a variable that is made of it", async () => {
    const variable = tf.variable(int8Matrix(quantizeInt8(values, [5, 3], true)));
    const input = x();
    const step = jit(({ x }: { x: tf.Tensor2D }) => {
      const { grads } = tf.variableGrads(() => tf.sum(linear(x, variable)), [variable]);
      return { gradient: grads[variable.name] as tf.Tensor };
    });
    const { gradient } = await step({ x: input });
    expect(gradient.arraySync()).toEqual(Array(5).fill(tf.sum(input, 0).arraySync()));
    step.dispose();
    variable.dispose();
  });
});

describe("an int8 matrix", () => {
  it("takes a byte an entry and a scale an output", async () => {
    await useDevice("onnx");
    const weight = int8Matrix(quantizeInt8(values, [5, 3], true));
    linear(tf.ones([2, 3]), weight).dataSync();
    tf.add(weight, 1).dataSync();
    expect(heldBytes(weight)).toBe(15 + 5 * 4);
  });
});
