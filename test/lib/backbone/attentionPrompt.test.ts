/** Keys and values in front of a layer's own, in every family. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { AttentionPrompt } from "../../../lib/backbone/backbone.js";
import type { Weights } from "../../../lib/backbone/family.js";
import { loadModel, modelOver } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { promptMask } from "../../../lib/prompt/promptedPass.js";
import { createRandom } from "../../../lib/random.js";
import { testDevices } from "../devices.js";
import { relativeError } from "../golden.js";
import { MODELS } from "./storedCases.js";

const [B, T, l, D] = [3, 7, 2, 32];
const mask = tensorOf([7, 4, 1].map((count) => Array.from({ length: T }, (_, t) => (t < count ? 1 : 0))));
const isText = (rows: tf.Tensor): tf.Tensor => rows.mul(mask.cast("float32").expandDims(2)); // padded queries differ

function tensorOf(rows: number[][]): tf.Tensor2D {
  return tf.tensor2d(rows, undefined, "int32");
}

/** What a layer's maps make of prompt rows that stand where hidden states do. */
const MAPS: Readonly<Record<string, (prompt: tf.Tensor2D, weights: Weights, headCount: number) => AttentionPrompt>> = {
  roberta: (prompt, weights) => plainMaps(prompt, weights, "roberta.encoder.layer.1.attention.self"),
  bert: (prompt, weights) => plainMaps(prompt, weights, "bert.encoder.layer.1.attention.self"),
  deberta: (prompt, weights, H) => {
    const prefix = "deberta.encoder.layer.1.attention.self";
    const joined = tf.matMul(prompt, weights[`${prefix}.in_proj.weight`] as tf.Tensor2D, false, true);
    const [, key, value] = tf.unstack(joined.reshape([l, H, 3, D / H]), 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { key: key.reshape([l, D]), value: value.reshape([l, D]).add(weights[`${prefix}.v_bias`] as tf.Tensor) };
  },
  gpt2: (prompt, weights) => {
    const prefix = "transformer.h.1";
    const { mean, variance } = tf.moments(prompt, 1, true);
    const unit = prompt.sub(mean).div(variance.add(1e-5).sqrt());
    const of = (name: string) => weights[`${prefix}.${name}`] as tf.Tensor2D;
    const x = unit.mul(of("ln_1.weight")).add(of("ln_1.bias")) as tf.Tensor2D;
    const [, key, value] = tf.split(tf.matMul(x, of("attn.c_attn.weight")).add(of("attn.c_attn.bias")), 3, 1);
    return { key: key as tf.Tensor2D, value: value as tf.Tensor2D };
  },
};

function plainMaps(prompt: tf.Tensor2D, weights: Weights, prefix: string): AttentionPrompt {
  const map = (name: string): tf.Tensor2D =>
    tf
      .matMul(prompt, weights[`${prefix}.${name}.weight`] as tf.Tensor2D, false, true)
      .add(weights[`${prefix}.${name}.bias`] as tf.Tensor);
  return { key: map("key"), value: map("value") };
}

describe.each(testDevices)("on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  describe.each(["roberta-tiny", "bert-tiny", "deberta-tiny", "deberta-tiny-b", "gpt2-tiny"])("%s", (name) => {
    async function layerOf(change: (name: string, weight: tf.Tensor) => tf.Tensor = (_, weight) => weight) {
      const { config, weights } = await loadModel(`${MODELS}/${name}`);
      const changed = Object.fromEntries(Object.entries(weights).map(([key, weight]) => [key, change(key, weight)]));
      const model = modelOver({ name, config: { ...config, maskTokenId: undefined } }, changed);
      return { model, config, weights: changed };
    }

    function draw(shape: number[], seed: number): tf.Tensor {
      const random = createRandom(seed);
      const size = shape.reduce((product, n) => product * n, 1);
      return tf.tensor(
        Float32Array.from({ length: size }, () => random.normal()),
        shape,
      );
    }

    it("gives the text what prompt rows in the sequence give it, when they hold what the layer makes of those", async () => {
      // DeBERTa's rows in the sequence have relative positions, too: these are switched off
      const { model, config, weights } = await layerOf((key, weight) =>
        key.includes("pos_") && key.includes("proj") ? tf.zerosLike(weight) : weight,
      );
      const [prompt, text] = [draw([l, D], 1) as tf.Tensor2D, draw([B, T, D], 2) as tf.Tensor3D];
      const bias = model.attentionBias(promptMask(mask, l), l);
      const inSequence = model
        .layer(1, tf.concat3d([tf.tile(prompt.expandDims<tf.Tensor3D>(0), [B, 1, 1]), text], 1), bias)
        .slice([0, l, 0]);
      const maps = MAPS[config.family];
      if (maps === undefined) throw new Error(`no maps for ${config.family}`);
      const states = model.layer(1, text, bias, undefined, maps(prompt, weights, config.headCount));
      expect(relativeError(isText(states), isText(inSequence))).toBeLessThan(1e-5); // the same terms, summed otherwise
    });

    it("leaves the text as it is without a prompt where the bias hides the prompt, and picks the rows of a readout", async () => {
      const { model } = await layerOf();
      const text = draw([B, T, D], 2) as tf.Tensor3D;
      const prompt = { key: draw([l, D], 3) as tf.Tensor2D, value: draw([l, D], 4) as tf.Tensor2D };
      const hidden = model.attentionBias(tf.concat([tf.zeros([B, l], "int32"), mask], 1) as tf.Tensor2D, l);
      const expected = model.layer(1, text, model.attentionBias(mask, 0));
      expect(relativeError(isText(model.layer(1, text, hidden, undefined, prompt)), isText(expected))).toBeLessThan(
        1e-5,
      );

      const bias = model.attentionBias(promptMask(mask, l), l);
      const prompted = model.layer(1, text, bias, undefined, prompt);
      expect(relativeError(isText(prompted), isText(expected))).toBeGreaterThan(1e-2);
      const readout = tf.oneHot([6, 2, 0], T).cast("float32").reshape([B, 1, T]) as tf.Tensor3D;
      expect(relativeError(model.layer(1, text, bias, readout, prompt), tf.matMul(readout, prompted))).toBeLessThan(
        1e-5,
      );
    });
  });
});
