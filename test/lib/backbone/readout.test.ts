import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel, modelOver } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { createRandom } from "../../../lib/random.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import { testDevices } from "../devices.js";
import { MODELS } from "./storedCases.js";

const [B, T, l] = [3, 7, 2];
const read = [8, 4, 2]; // of 7, 4 and 1 tokens, counted with the prompt rows

describe.each(testDevices)("on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  describe.each(["roberta-tiny", "bert-tiny", "deberta-tiny", "deberta-tiny-b", "gpt2-tiny"])("%s", (name) => {
    it("computes the states that a readout picks as among all others, with the same gradients", async () => {
      const { config, weights } = await loadModel(`${MODELS}/${name}`);
      const { layerCount, hiddenSize: D } = config;
      const random = createRandom(7);
      const draw = (shape: number[]) =>
        tf.tensor(
          Float32Array.from({ length: shape.reduce((size, n) => size * n, 1) }, () => random.normal()),
          shape,
        );
      const readout = tf
        .oneHot(read, l + T)
        .cast("float32")
        .reshape([B, 1, l + T]) as tf.Tensor3D;
      const mask = [7, 4, 1].map((count) => Array.from({ length: l + T }, (_, t) => (t < l + count ? 1 : 0)));
      const direction = draw([B, 1, D]); // a loss that tells every output apart
      const run = (isPicked: boolean) =>
        valueAndGradients(
          ({ hidden, ...current }) => {
            const model = modelOver({ name, config: { ...config, maskTokenId: undefined } }, current);
            const bias = model.attentionBias(tf.tensor2d(mask, [B, l + T], "int32"), l);
            const states = isPicked
              ? model.layer(layerCount - 1, hidden as tf.Tensor3D, bias, readout)
              : tf.matMul(readout, model.layer(layerCount - 1, hidden as tf.Tensor3D, bias));
            return { loss: states.mul(direction).sum().asScalar(), states };
          },
          { ...layerWeights, hidden },
        );
      const prefix = new RegExp(`\\.${layerCount - 1}\\.|rel_embeddings`);
      const layerWeights = Object.fromEntries(Object.entries(weights).filter(([weight]) => prefix.test(weight)));
      const hidden = draw([B, l + T, D]);
      const [picked, whole] = [run(true), run(false)];
      expect(picked.losses.states?.shape).toEqual([B, 1, D]);
      const pairs: [string, tf.Tensor, tf.Tensor][] = [
        ["states", picked.losses.states as tf.Tensor, whole.losses.states as tf.Tensor],
        ...Object.entries(picked.gradients).map(([weight, gradient]): [string, tf.Tensor, tf.Tensor] => [
          weight,
          gradient,
          whole.gradients[weight] as tf.Tensor,
        ]),
      ];
      for (const [what, actual, expected] of pairs) {
        const size = Math.max(1, expected.abs().max().dataSync()[0] ?? Number.NaN);
        const difference = actual.sub(expected).abs().max().dataSync()[0] ?? Number.NaN;
        expect(difference / size, what).toBeLessThan(1e-5); // both sum the same terms, in another order
      }
      expect(picked.gradients.hidden?.abs().sum().dataSync()[0]).toBeGreaterThan(1);
    });
  });
});
