import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import { ConfigError, ShapeError } from "../../../lib/errors.js";
import { PhmLinear } from "../../../lib/prompt/phmLinear.js";
import { createRandom } from "../../../lib/random.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import { testDevices } from "../devices.js";
import { goldenTensor, openGolden, relativeError } from "../golden.js";

describe.each(testDevices)("on %s", (device) => {
  beforeAll(() => useDevice(device));

  describe("PhmLinear", () => {
    const layer = new PhmLinear({ name: "down", inSize: 32, outSize: 8, phmDim: 4 });

    it("has the reference's matrix, output and gradients", async () => {
      const file = await openGolden("units/phm_linear.safetensors");
      const weights = {
        "down.A": goldenTensor(file, "A"),
        "down.B": goldenTensor(file, "B"),
        "down.b": goldenTensor(file, "bias"),
      };
      const x = goldenTensor(file, "x");
      const upstream = goldenTensor(file, "upstream");
      expect(relativeError(layer.matrix(weights), goldenTensor(file, "W"))).toBeLessThan(1e-5);
      expect(relativeError(layer.apply(weights, x), goldenTensor(file, "y"))).toBeLessThan(1e-5);
      const { gradients } = valueAndGradients(
        ({ x: input, ...rest }) => ({
          loss: layer
            .apply(rest, input as tf.Tensor)
            .mul(upstream)
            .sum()
            .asScalar(),
        }),
        { ...weights, x },
      );
      for (const [name, golden] of [
        ["x", "x"],
        ["down.A", "A"],
        ["down.B", "B"],
        ["down.b", "bias"],
      ] as const) {
        expect(relativeError(gradients[name] as tf.Tensor, goldenTensor(file, `grad.${golden}`))).toBeLessThan(1e-5);
      }
    });

    it("is a dense layer without A when phmDim is 1", () => {
      const dense = new PhmLinear({ name: "up", inSize: 3, outSize: 2, phmDim: 1 });
      const weights = dense.initialWeights(createRandom(1));
      expect(Object.keys(weights)).toEqual(["up.B", "up.b"]);
      const matrix = (weights["up.B"] as tf.Tensor).reshape([2, 3]);
      const x = tf.tensor2d([[1, 2, 3]]);
      expect(relativeError(dense.apply(weights, x), tf.matMul(x, matrix, false, true))).toBe(0);
    });

    it("starts with the variance of a dense layer", async () => {
      const wide = new PhmLinear({ name: "w", inSize: 256, outSize: 128, phmDim: 4 });
      const { variance } = tf.moments(wide.matrix(wide.initialWeights(createRandom(7))));
      // The entries share 64 numbers of A, so their variance scatters around 1/256; a factor of 2 would be a mistake.
      expect((await variance.data())[0]).toBeGreaterThan(0.6 / 256);
      expect((await variance.data())[0]).toBeLessThan(1.6 / 256);
    });

    it("refuses a phmDim that does not divide a size, and rows of another length", () => {
      expect(() => new PhmLinear({ name: "x", inSize: 32, outSize: 6, phmDim: 4 })).toThrow(ConfigError);
      expect(() => layer.apply({}, tf.zeros([2, 31]))).toThrow(ShapeError);
    });
  });
});
