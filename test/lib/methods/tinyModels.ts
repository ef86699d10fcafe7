/** Every method's model on the small backbones, with weights away from their special starting values. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { findMethod, METHODS } from "../../../lib/methods/registry.js";
import { createHead, crossEntropy } from "../../../lib/prompt/clozeHead.js";
import { poolingMatrices } from "../../../lib/prompt/promptPooling.js";
import type { Weights } from "../../../lib/prompt/weights.js";
import { createRandom } from "../../../lib/random.js";
import { classLogits, type ModelInputs, type TunableModel } from "../../../lib/train/tunableModel.js";

/** A folder of test/fixtures/models for each family. */
export const TINY_BACKBONES = ["roberta-tiny", "bert-tiny", "deberta-tiny", "gpt2-tiny"] as const;

/** Settings that fit a hidden size of 32. */
const TINY_SETTINGS: Readonly<Record<string, object>> = {
  lora: { rank: 3 },
  adapter: { bottleneckSize: 4 },
  "adapter-drop": { bottleneckSize: 4 },
  idpg: { promptLength: 4, phmDim: 4, bottleneckSize: 8 },
};

/** Variants that `tinyModel` knows beside the methods. */
export const MODEL_IDS = [...METHODS.map(({ id }) => id), "idpg, all layers", "lora, classifier", "full, classifier"];

/** The model of a method, or of one of the variants, and its head. */
export function tinyModel(backbone: Backbone, id: string) {
  const [method = "", variant] = id.split(", ");
  const isPrompt = "promptLength" in (findMethod(method).configure(backbone).config as object);
  const settings = {
    ...(isPrompt ? { promptLength: 5, ...(/lpt|idpg|p-tuning/.test(method) ? {} : { bottleneckSize: 8 }) } : {}),
    ...TINY_SETTINGS[method],
    ...(variant === "all layers" ? { isMultiLayer: true } : {}),
    ...(variant === "classifier" ? { head: "classifier" } : {}),
  };
  const { config, model } = findMethod(method).configure(backbone, settings);
  return { config, model, head: createHead(config.head, backbone, [17, 42]) };
}

/** Initial weights plus normal noise, so that no gradient vanishes because of a zero at the start. */
export function noisyWeights(model: TunableModel, head: ReturnType<typeof createHead>, deviation = 0.1): Weights {
  const random = createRandom(5);
  const weights = { ...model.initialWeights(random), ...head.initialWeights(random) };
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => {
      const noise = Float32Array.from({ length: weight.size }, () => deviation * random.normal());
      return [name, weight.add(tf.tensor(noise, weight.shape))];
    }),
  );
}

/** Three texts of different lengths as token ids, with a label each. */
export function tinyBatch(backbone: Backbone, promptLength = 1): ModelInputs & { readonly targets: tf.Tensor2D } {
  const { padTokenId } = backbone.config;
  const texts = [
    [5, 9, 30, 41, 22, 17, 60, 33],
    [7, 50, 12, 8],
    [6, 71, 70, 25, 19, 44],
  ];
  const T = 8;
  const mask = texts.map((text) => Array.from({ length: T }, (_, t) => (t < text.length ? 1 : 0)));
  const ids = texts.map((text) => Array.from({ length: T }, (_, t) => text[t] ?? padTokenId));
  const readout = texts.map((text) => Array.from({ length: T }, (_, t) => (t === text.length - 2 ? 1 : 0)));
  return {
    inputIds: tf.tensor2d(ids, [3, T], "int32"),
    attentionMask: tf.tensor2d(mask, [3, T], "int32"),
    pooling: tf.tensor3d(poolingMatrices(mask, promptLength), [3, promptLength, T]),
    readout: tf.tensor3d(readout.flat(), [3, 1, T]),
    targets: tf.tensor2d([1, 0, 0, 1, 1, 0], [3, 2]),
  };
}

/** Cross entropy of a batch as a function of the weights. */
export function lossOf(
  { model, head }: Pick<ReturnType<typeof tinyModel>, "model" | "head">,
  batch: ReturnType<typeof tinyBatch>,
): (weights: Weights) => { readonly loss: tf.Scalar; readonly logits: tf.Tensor2D } {
  return (weights) => {
    const logits = classLogits(model, head, weights, batch);
    return { loss: crossEntropy(logits, batch.targets), logits };
  };
}
