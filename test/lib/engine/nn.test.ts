import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../../lib/backbone/safetensors.js";
import { useDevice } from "../../../lib/engine/index.js";
import { causalBias, gelu, geluTanh, layerNorm } from "../../../lib/engine/nn.js";
import { testDevices } from "../devices.js";

const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

describe.each(testDevices)("on %s", (device) => {
  beforeAll(() => useDevice(device));

  it.each([
    ["gelu", gelu],
    ["gelu_new", geluTanh],
  ])("%s and its derivative are PyTorch's within 2e-6", async (name, activate) => {
    const golden = await readSafetensors("test/fixtures/units/activations.safetensors");
    const x = tf.tensor1d(await golden.readFloats("x"));
    const expectNear = (got: tf.Tensor, reference: Float32Array): void =>
      expect(tf.max(tf.abs(tf.sub(got, tf.tensor1d(reference)))).dataSync()[0]).toBeLessThan(2e-6);
    expectNear(activate(x), await golden.readFloats(`${name}.y`));
    expectNear(tf.grad((input) => activate(input))(x), await golden.readFloats(`${name}.dy`));
  });

  it("a decoder's bias hides what comes later and what is padding, on either side", () => {
    const bias = causalBias(tf.tensor2d([1, 1, 0, 0, 1, 1], [2, 3], "int32"));
    expect(bias.shape).toEqual([2, 1, 3, 3]);
    const isSeen = numbers(bias).map((value) => (value === 0 ? 1 : 0));
    expect(isSeen).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1]);
  });

  it("layer normalisation of a hand-worked row", () => {
    const row = tf.tensor2d([[1, 3]]); // mean 2, variance 1
    const [first, second] = numbers(layerNorm(row, tf.tensor1d([1, 2]), tf.tensor1d([0, 10]), 0));
    expect(first).toBeCloseTo(-1, 6);
    expect(second).toBeCloseTo(12, 6);
  });

  it("layer normalisation's gradients are those of central differences within 1e-3", () => {
    const x = tf.tensor2d([0.3, -1.2, 0.8, 2.1, 0.5, -0.4], [2, 3]);
    const scale = tf.tensor1d([1.5, 0.7, -0.2]);
    const shift = tf.tensor1d([0.1, 0, -0.3]);
    const loss = (...inputs: tf.Tensor[]): tf.Tensor => {
      const [a, b, c] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor];
      return layerNorm(a, b, c, 1e-5)
        .mul(tf.tensor2d([1, 2, -1, 0.5, 3, -2], [2, 3]))
        .sum();
    };
    const inputs = [x, scale, shift];
    const step = 1e-2;
    tf.grads(loss)(inputs).forEach((gradient, which) => {
      numbers(gradient).forEach((value, index) => {
        const moved = (by: number): number => {
          const nudge = tf.buffer((inputs[which] as tf.Tensor).shape);
          nudge.values[index] = by;
          const shifted = inputs.map((input, other) => (other === which ? input.add(nudge.toTensor()) : input));
          return loss(...shifted).dataSync()[0] ?? Number.NaN;
        };
        expect(value).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 2);
      });
    });
  });
});
