/** Prompt tuning of a small model with the stored prompts, against the stored loss and gradients. */

import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import { createHead, crossEntropy } from "../../../lib/prompt/clozeHead.js";
import { PromptHypernetwork } from "../../../lib/prompt/promptHypernetwork.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import { goldenTensor, openGolden, relativeError } from "../golden.js";
import { goldenBatch } from "../goldenBatch.js";
import { loadTinyBackbone } from "../tinyBackbone.js";

/**
 * Expects loss (2e-5), state at the mask and gradients (1e-4 of the largest entry) of `gradients/<golden>.safetensors`;
 * the bounds are the fixtures' own.
 *
 * @param model    folder of the model
 * @param golden   holds `param.prompt` for layer 0, or `param.prompts` for every layer
 * @param batch    file of the batch; the golden itself by default
 */
export async function expectPromptGradients(model: string, golden: string, batch = golden): Promise<void> {
  const backbone = await loadTinyBackbone(undefined, model);
  const file = await openGolden(`gradients/${golden}.safetensors`);
  const gateMask = tf.ones([backbone.config.layerCount]) as tf.Tensor1D;
  const inputs = goldenBatch(await openGolden(`gradients/${batch}.safetensors`), { promptLength: 5, gateMask });
  const isDeep = file.names.includes("param.prompts");
  const prompts = isDeep ? tf.unstack(goldenTensor(file, "param.prompts")) : [goldenTensor(file, "param.prompt")];
  const network = new PromptHypernetwork(backbone, {
    layers: prompts.map((_, layer) => layer),
    generator: "static",
    tau: 1,
    promptLength: 5,
    bottleneckSize: 8,
    phmDim: 4,
    activation: "gelu",
  });
  const head = createHead("cloze", backbone, [17, 42]);
  const { losses, gradients } = valueAndGradients(
    (current) => {
      const state = network.forward(current, inputs);
      return { loss: crossEntropy(head.logits(current, state), inputs.targets), state };
    },
    Object.fromEntries(prompts.map((prompt, layer) => [`gen.${layer}.prompt`, prompt])),
  );
  const loss = losses.loss.dataSync()[0] ?? Number.NaN;
  expect(Math.abs(loss - (file.readFloats("loss.ce")[0] ?? Number.NaN))).toBeLessThan(2e-5);
  expect(relativeError(losses.state, goldenTensor(file, "mask_hidden"))).toBeLessThan(1e-4);
  const found = prompts.map((_, layer) => gradients[`gen.${layer}.prompt`] as tf.Tensor);
  const expected = goldenTensor(file, isDeep ? "grad.ce.prompts" : "grad.ce.prompt");
  expect(relativeError(isDeep ? tf.stack(found) : (found[0] as tf.Tensor), expected)).toBeLessThan(1e-4);
}
