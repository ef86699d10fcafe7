import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import { poolingMatrices } from "../../../lib/prompt/promptPooling.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import { testDevices } from "../devices.js";
import { goldenTensor, openGolden, relativeError } from "../golden.js";

/** The averaging matrices as a tensor, [B, l, T]. */
function matrices(mask: number[][], promptLength: number): tf.Tensor3D {
  return tf.tensor3d(poolingMatrices(mask, promptLength), [mask.length, promptLength, mask[0]?.length ?? 0]);
}

describe.each(testDevices)("on %s", (device) => {
  beforeAll(() => useDevice(device));

  describe("poolingMatrices", () => {
    it("pools as adaptive average pooling does, forward and backward", async () => {
      const file = await openGolden("units/adaptive_avg_pool.safetensors");
      const cases = file.names.filter((name) => name.endsWith(".x")).map((name) => name.slice(0, -2));
      expect(cases.length).toBe(7);
      for (const name of cases) {
        const [rows = 0, bins = 0] = (name.match(/\d+/g) ?? []).map(Number);
        const pooling = matrices([Array.from({ length: rows }, () => 1)], bins).squeeze<tf.Tensor2D>([0]);
        const x = goldenTensor<tf.Tensor2D>(file, `${name}.x`);
        expect(relativeError(tf.matMul(pooling, x), goldenTensor(file, `${name}.y`))).toBeLessThan(1e-5);
        const upstream = goldenTensor(file, `${name}.upstream`);
        const { gradients } = valueAndGradients(
          (weights) => ({
            loss: tf
              .matMul(pooling, weights.x as tf.Tensor2D)
              .mul(upstream)
              .sum()
              .asScalar(),
          }),
          { x },
        );
        expect(relativeError(gradients.x as tf.Tensor, goldenTensor(file, `${name}.grad_x`))).toBeLessThan(1e-5);
      }
    });

    it("leaves padding out on either side", () => {
      const text = [1, 1, 1];
      const right = matrices([[...text, 0, 0]], 2).arraySync()[0];
      const left = matrices([[0, 0, ...text]], 2).arraySync()[0];
      expect(right).toEqual([
        [0.5, 0.5, 0, 0, 0],
        [0, 0.5, 0.5, 0, 0],
      ]);
      expect(left).toEqual([
        [0, 0, 0.5, 0.5, 0],
        [0, 0, 0, 0.5, 0.5],
      ]);
    });
  });
});
