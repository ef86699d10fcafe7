import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import { vocabularyCrossEntropy } from "../../../lib/pretrain/vocabularyLoss.js";
import { createRandom } from "../../../lib/random.js";
import { testDevices } from "../devices.js";

const [N, V, D] = [5, 11, 3];

describe.each(testDevices)("vocabulary cross entropy on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });
  afterAll(() => tf.disposeVariables());

  it("equals log-softmax and its automatic gradients", async () => {
    const random = createRandom(4);
    const draw = (shape: number[]): tf.Tensor =>
      tf.tensor(
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
        shape,
      );
    const inputs = [draw([N, D]), draw([V, D]), draw([V])] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    const targets = tf.tensor1d([3, 0, 10, 3, 7], "int32"); // one target twice
    const weights = draw([N]);
    const plain = (x: tf.Tensor, E: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.neg(
        tf.sum(
          tf.mul(tf.logSoftmax(tf.add(tf.matMul(x, E, false, true), b)), tf.oneHot(targets, V).cast("float32")),
          1,
        ),
      );
    const ours = (x: tf.Tensor, E: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      vocabularyCrossEntropy(x as tf.Tensor2D, E as tf.Tensor2D, b as tf.Tensor1D, targets);
    const results = [plain, ours].map((loss) => [
      loss(...inputs),
      ...tf.grads((...args: tf.Tensor[]) =>
        tf.sum(tf.mul(loss(...(args as [tf.Tensor, tf.Tensor, tf.Tensor])), weights)),
      )([...inputs]),
    ]);
    for (let i = 0; i < 4; i++) {
      const [expected, got] = await Promise.all([results[0]?.[i]?.data(), results[1]?.[i]?.data()]);
      expected?.forEach((value, j) => {
        expect(got?.[j]).toBeCloseTo(value, 5); // float32, values of order 1
      });
    }
  });
});
