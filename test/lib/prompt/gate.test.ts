import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import { ShapeError } from "../../../lib/errors.js";
import { gates, maskGates } from "../../../lib/prompt/gate.js";
import { testDevices } from "../devices.js";
import { goldenTensor, openGolden, relativeError } from "../golden.js";

/** Row i is the gradient of `f(alphas)[i]`. */
function jacobian(f: (alphas: tf.Tensor) => tf.Tensor, alphas: tf.Tensor1D): tf.Tensor2D {
  const rows = Array.from({ length: alphas.size }, (_, i) => {
    return tf.grad((x) => f(x).slice([i], [1]).sum())(alphas) as tf.Tensor1D;
  });
  return tf.stack(rows) as tf.Tensor2D;
}

describe.each(testDevices)("on %s", (device) => {
  beforeAll(() => useDevice(device));

  describe("gates", () => {
    it("match the reference in value and Jacobian, plain and re-parameterised", async () => {
      const file = await openGolden("units/gates.safetensors");
      const alphas = goldenTensor<tf.Tensor1D>(file, "alpha");
      const plain = (x: tf.Tensor) => gates(x, { isReparameterised: false });
      const competing = (x: tf.Tensor) => gates(x, { isReparameterised: true });
      expect(relativeError(plain(alphas), goldenTensor(file, "a"))).toBeLessThan(1e-5);
      expect(relativeError(competing(alphas), goldenTensor(file, "a_hat"))).toBeLessThan(1e-5);
      expect(relativeError(jacobian(plain, alphas), goldenTensor(file, "jacobian_a_alpha"))).toBeLessThan(1e-5);
      expect(relativeError(jacobian(competing, alphas), goldenTensor(file, "jacobian_ahat_alpha"))).toBeLessThan(1e-5);
    });

    it("are closed by a mask after they have competed", async () => {
      const alphas = tf.tensor1d([0, 0]);
      const mask = tf.tensor1d([1, 0]);
      const masked = (x: tf.Tensor) => maskGates(gates(x, { isReparameterised: true }), mask);
      expect(masked(alphas).arraySync()).toEqual([0.5, 0]);
      // By hand: a_hat_0 = 1/2 and d a_hat_0 / d alpha = (1/4)(1 - 1/2), -(1/4)(1/2): the closed gate still competes.
      expect(jacobian(masked, alphas).arraySync()).toEqual([
        [0.125, -0.125],
        [0, 0],
      ]);
    });

    it("refuse logits that are not one per layer", () => {
      expect(() => gates(tf.zeros([2, 2]), { isReparameterised: false })).toThrow(ShapeError);
    });
  });
});
