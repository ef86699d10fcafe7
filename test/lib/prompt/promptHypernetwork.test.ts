import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import type { SafetensorsFile } from "../../../lib/backbone/safetensors.js";
import { useDevice } from "../../../lib/engine/index.js";
import { ConfigError } from "../../../lib/errors.js";
import { createHead, crossEntropy } from "../../../lib/prompt/clozeHead.js";
import { type HypernetworkOptions, PromptHypernetwork } from "../../../lib/prompt/promptHypernetwork.js";
import type { Weights } from "../../../lib/prompt/weights.js";
import { createRandom } from "../../../lib/random.js";
import { type SearchInputs, searchLoss } from "../../../lib/search/searchLoss.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import { testDevices } from "../devices.js";
import { goldenTensor, goldenTensors, openGolden, relativeError } from "../golden.js";
import { goldenBatch } from "../goldenBatch.js";
import { loadTinyBackbone } from "../tinyBackbone.js";

// goldens/gradients/spec.json, meta
const options: HypernetworkOptions = {
  layers: [0, 1, 2, 3],
  generator: "pooled",
  tau: 0.7,
  promptLength: 5,
  bottleneckSize: 8,
  phmDim: 4,
  activation: "gelu",
};
const labelTokenIds = [17, 42];

let backbone: Backbone;
let parameters: SafetensorsFile;
let batch: SearchInputs;

/** Cross entropy of the network without gates, with its gradients. */
function discreteLoss(network: PromptHypernetwork, weights: Weights) {
  const head = createHead("cloze", backbone, labelTokenIds);
  return valueAndGradients((current) => {
    const state = network.forward(current, batch);
    return { loss: crossEntropy(head.logits(current, state), batch.targets), state };
  }, weights);
}

function expectLoss(loss: tf.Tensor, golden: SafetensorsFile, name: string) {
  const [value = Number.NaN] = loss.dataSync();
  const [expected = Number.NaN] = golden.readFloats(name);
  expect(Math.abs(value - expected), name).toBeLessThan(2e-5);
}

function expectGradients(gradients: Weights, golden: SafetensorsFile, prefix: string) {
  const expected = goldenTensors(golden, prefix);
  expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, gradient] of Object.entries(gradients)) {
    expect(relativeError(gradient, expected[name] as tf.Tensor), name).toBeLessThan(1e-4);
  }
}

describe.each(testDevices)("on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
    backbone = await loadTinyBackbone();
    parameters = await openGolden("gradients/spt_params.safetensors");
    const gateMask = goldenTensor<tf.Tensor1D>(parameters, "gate_mask");
    batch = goldenBatch(await openGolden("gradients/batch_roberta.safetensors"), { promptLength: 5, gateMask });
  });

  describe("PromptHypernetwork", () => {
    it.each([
      ["prompt_input", [0]],
      ["prompt_late", [2]],
    ])("is static prompt tuning at one layer: %s", async (name, layers) => {
      const golden = await openGolden(`gradients/${name}.safetensors`);
      const network = new PromptHypernetwork(backbone, { ...options, generator: "static", tau: 1, layers });
      const key = `gen.${layers[0]}.prompt`;
      const { losses, gradients } = discreteLoss(network, { [key]: goldenTensor(golden, "param.prompt") });
      expectLoss(losses.loss, golden, "loss.ce");
      expect(relativeError(losses.state, goldenTensor(golden, "mask_hidden"))).toBeLessThan(1e-4);
      expect(relativeError(gradients[key] as tf.Tensor, goldenTensor(golden, "grad.ce.prompt"))).toBeLessThan(1e-4);
    });

    it("is deep prompt tuning when every layer has a static prompt and tau is 1", async () => {
      const golden = await openGolden("gradients/prompt_deep.safetensors");
      const network = new PromptHypernetwork(backbone, { ...options, generator: "static", tau: 1 });
      const prompts = tf.unstack(goldenTensor(golden, "param.prompts"));
      const weights = Object.fromEntries(prompts.map((prompt, i) => [`gen.${i}.prompt`, prompt]));
      const { losses, gradients } = discreteLoss(network, weights);
      expectLoss(losses.loss, golden, "loss.ce");
      const stacked = tf.stack(prompts.map((_, i) => gradients[`gen.${i}.prompt`] as tf.Tensor));
      expect(relativeError(stacked, goldenTensor(golden, "grad.ce.prompts"))).toBeLessThan(1e-4);
    });

    it.each([
      ["spt_raw", "ce1", { isReparameterised: false, isConsistent: false, consistencyWeight: 0 }],
      ["spt_reparam", "ce1", { isReparameterised: true, isConsistent: false, consistencyWeight: 0 }],
      ["spt_two_pass", "total", { isReparameterised: true, isConsistent: true, consistencyWeight: 1.5 }],
    ])("has the reference's losses and gradients during a search: %s", async (name, loss, lossOptions) => {
      const golden = await openGolden(`gradients/${name}.safetensors`);
      const network = new PromptHypernetwork(backbone, options);
      const head = createHead("cloze", backbone, labelTokenIds);
      const weights = goldenTensors(parameters, "gen.");
      const prefixed = Object.fromEntries(Object.entries(weights).map(([key, value]) => [`gen.${key}`, value]));
      const { losses, gradients } = valueAndGradients(
        ({ alpha, ...generators }) => searchLoss(network, head, lossOptions, generators, alpha as tf.Tensor, batch),
        { ...prefixed, alpha: goldenTensor(parameters, "alpha") },
      );
      expectLoss(losses.loss, golden, `loss.${loss}`);
      if (lossOptions.isConsistent) {
        expectLoss(losses.consistency, golden, "loss.consistency");
      }
      expectGradients(gradients, golden, `grad.${loss}.`);
    });

    it.each([
      ["spt_discrete", 0.7],
      ["spt_discrete_tau1", 1],
    ])("has the reference's loss and gradients once discretised: %s", async (name, tau) => {
      const golden = await openGolden(`gradients/${name}.safetensors`);
      const network = new PromptHypernetwork(backbone, { ...options, tau, layers: [1, 3] });
      const { losses, gradients } = discreteLoss(network, goldenTensors(golden, "param."));
      expectLoss(losses.loss, golden, "loss.ce");
      expectGradients(gradients, golden, "grad.ce.");
    });

    it("runs the layers below the lowest prompt layer on the text alone, outside every gradient", () => {
      const lengths: number[] = [];
      const watched: Backbone = {
        ...backbone,
        layer: (index, hidden, bias, readout) => {
          lengths[index] = hidden.shape[1];
          return backbone.layer(index, hidden, bias, readout);
        },
      };
      const network = new PromptHypernetwork(watched, { ...options, layers: [2] });
      const T = batch.inputIds.shape[1];
      network.forward(network.initialWeights(createRandom(1)), batch);
      expect(lengths).toEqual([T, T, T + 5, T + 5]);
    });

    it.each(["gelu", "relu", "tanh", "identity"] as const)(
      "trains with the %s generator and with the naive one",
      (activation) => {
        for (const generator of ["pooled", "naive"] as const) {
          const network = new PromptHypernetwork(backbone, { ...options, generator, activation, layers: [1] });
          const { gradients } = discreteLoss(network, network.initialWeights(createRandom(3)));
          for (const [name, gradient] of Object.entries(gradients)) {
            expect(gradient.abs().max().dataSync()[0], `${generator} ${name}`).toBeGreaterThan(0);
          }
        }
      },
    );

    it("draws a layer's weights from a stream of its own", () => {
      const draw = (layers: number[]) =>
        new PromptHypernetwork(backbone, { ...options, layers }).initialWeights(createRandom(5));
      const alone = draw([3])["gen.3.down.B"] as tf.Tensor;
      expect(relativeError(draw([0, 3])["gen.3.down.B"] as tf.Tensor, alone)).toBe(0);
    });

    it("refuses layers that the backbone does not have", () => {
      expect(() => new PromptHypernetwork(backbone, { ...options, layers: [4] })).toThrow(ConfigError);
      expect(() => new PromptHypernetwork(backbone, { ...options, layers: [] })).toThrow(
        /at least one of the layers 0 to 3/,
      );
    });
  });
});
