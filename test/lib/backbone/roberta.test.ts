import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../../lib/backbone/loadBackbone.js";
import { type RobertaConfig, robertaModel, robertaWeightShapes } from "../../../lib/backbone/roberta.js";
import { readSafetensors } from "../../../lib/backbone/safetensors.js";
import { useDevice } from "../../../lib/engine/index.js";
import { testDevices } from "../devices.js";
import { goldenTensor } from "../golden.js";
import { largestDifference, MODELS, storedCases, worstDifference } from "./storedCases.js";

const GRADIENTS = "test/fixtures/gradients";

describe.each(testDevices)("RoBERTa on %s, against Hugging Face", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });
  const cases = ["roberta-tiny", "roberta-tiny-f16", "roberta-tiny-bf16"].flatMap((name) =>
    storedCases(name).map((stored) => [name, stored] as const),
  );

  // float32 against float32 differs by 1.3e-5 in the reference's own two precisions; the bound is the fixtures' own.
  it.each(cases)("%s %s: every hidden state, logit and pooled value within 1e-4", async (name, stored) => {
    const loaded = await loadModel(`${MODELS}/${name}`);
    expect(await worstDifference(loaded, name, stored)).toBeLessThan(1e-4);
    loaded.dispose();
  });

  it.each(["roberta-tiny-sharded", "roberta-tiny-bin"])("%s computes what roberta-tiny computes", async (name) => {
    const loaded = await loadModel(`${MODELS}/${name}`);
    expect(await worstDifference(loaded, "roberta-tiny", "case_a_padded")).toBeLessThan(1e-4);
    loaded.dispose();
  });

  it("computes the logits of chosen tokens alone", async () => {
    const { model, config, dispose } = await loadModel(`${MODELS}/roberta-tiny`);
    const values = Float32Array.from({ length: 3 * config.hiddenSize }, (_, i) => Math.sin(i));
    const hidden = tf.tensor2d(values, [3, config.hiddenSize]);
    const [all, chosen] = [model.logits(hidden), model.logits(hidden, [7, 119, 0])];
    const rows = await all.array();
    for (const [row, logits] of (await chosen.array()).entries()) {
      expect(logits).toHaveLength(3);
      for (const [column, token] of [7, 119, 0].entries()) {
        expect(logits[column]).toBeCloseTo(rows[row]?.[token] ?? Number.NaN, 5);
      }
    }
    tf.dispose([hidden, all, chosen]);
    dispose();
  });

  it("names the weight that is missing", () => {
    const model = robertaModel({ hiddenSize: 4, headCount: 1, layerNormEps: 1e-5, padTokenId: 1 } as RobertaConfig, {});
    expect(() => model.layer(0, tf.zeros([1, 1, 4]), tf.zeros([1, 1, 1, 1]))).toThrow(
      /no weight "roberta.encoder.layer.0.attention.self.query.weight"/,
    );
  });
});

describe.each(testDevices)("RoBERTa's gradients on %s, against PyTorch in float64", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  it("matches the gradient of every parameter of full fine-tuning within 1e-4 of its largest entry", async () => {
    const { config, weights, dispose } = await loadModel(`${MODELS}/roberta-tiny`);
    const batch = await readSafetensors(`${GRADIENTS}/batch_roberta.safetensors`);
    const stored = await readSafetensors(`${GRADIENTS}/full_finetune.safetensors`);
    const labelWords = [17, 42];
    const variables = Object.fromEntries(
      Object.keys(robertaWeightShapes(config as RobertaConfig)).map((name) => {
        const weight = weights[name];
        if (weight === undefined) throw new Error(name);
        return [name, tf.variable(weight, true, `test/${name}`)];
      }),
    );
    const names = Object.keys(variables);
    expect(names.map((name) => `grad.ce.${name}`).sort()).toEqual(
      stored.names.filter((name) => name.startsWith("grad.ce.")).sort(),
    );
    const { value, grads } = tf.variableGrads(() => {
      const model = robertaModel(config as RobertaConfig, variables);
      const inputIds = goldenTensor<tf.Tensor2D>(batch, "input_ids");
      const mask = goldenTensor<tf.Tensor2D>(batch, "attention_mask");
      const [B, T] = inputIds.shape;
      let hidden = model.embed(inputIds, mask);
      for (let index = 0; index < config.layerCount; index++) {
        hidden = model.layer(index, hidden, model.attentionBias(mask, 0));
      }
      const rows = Array.from(batch.read("mask_pos"), (position, example) => example * T + position);
      const flat: tf.Tensor2D = tf.reshape(hidden, [B * T, config.hiddenSize]);
      const masked: tf.Tensor2D = tf.gather(flat, tf.tensor1d(rows, "int32"));
      const logProbabilities = tf.logSoftmax(model.logits(masked, labelWords));
      const labels = tf.oneHot(tf.tensor1d(Array.from(batch.read("labels")), "int32"), labelWords.length);
      return tf.neg(tf.mean(tf.sum(tf.mul(logProbabilities, labels), -1))).asScalar();
    }, Object.values(variables));

    expect((await value.data())[0]).toBeCloseTo(stored.readFloats("loss.ce")[0] ?? Number.NaN, 5);
    for (const name of names) {
      const gradient = (await grads[`test/${name}`]?.data()) ?? [];
      const expected = stored.readFloats(`grad.ce.${name}`);
      const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(gradient, name).toHaveLength(expected.length);
      expect(largestDifference(gradient, expected), name).toBeLessThan(Math.max(1e-4 * largest, 1e-6));
    }
    tf.dispose([value, grads, Object.values(variables)]);
    dispose();
  });
});
