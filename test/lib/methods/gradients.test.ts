/** Gradients of every method against central differences, and of those with a stored reference against PyTorch's in float64. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import type { Weights } from "../../../lib/prompt/weights.js";
import { createRandom } from "../../../lib/random.js";
import { valueAndGradients } from "../../../lib/train/gradients.js";
import { goldenTensor, openGolden, relativeError } from "../golden.js";
import { goldenBatch } from "../goldenBatch.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { lossOf, MODEL_IDS, noisyWeights, TINY_BACKBONES, tinyBatch, tinyModel } from "./tinyModels.js";

beforeAll(async () => {
  await useDevice("cpu");
});

/**
 * (L(w + eps·v) - L(w - eps·v)) / 2 eps minus gradient · v, for v of unit length, at the step of two that fits best: a
 * long one is off where the loss bends or has a kink (ReLU, maximum), a short one by the rounding of the loss, 2e-7 / eps.
 * A gradient that is wrong fits at none.
 */
function mismatch(loss: (weights: Weights) => { loss: tf.Scalar }, weights: Weights, gradients: Weights, v: Weights) {
  return tf.tidy(() => {
    const valueAt = (factor: number) => loss(shift(weights, v, factor)).loss.dataSync<"float32">()[0] ?? Number.NaN;
    const slopes = Object.entries(v).map(([name, direction]) => (gradients[name] as tf.Tensor).mul(direction).sum());
    const slope = tf.addN(slopes).dataSync<"float32">()[0] ?? Number.NaN;
    const misses = [0.01, 0.002].map((eps) => Math.abs((valueAt(eps) - valueAt(-eps)) / (2 * eps) - slope));
    return Math.min(...misses);
  });
}

function shift(weights: Weights, v: Weights, factor: number): Weights {
  return {
    ...weights,
    ...Object.fromEntries(
      Object.entries(v).map(([name, d]) => [name, (weights[name] as tf.Tensor).add(d.mul(factor))]),
    ),
  };
}

/** Random entries in all weights, of length 1 together. */
function randomDirection(weights: Weights, seed: number): Weights {
  const random = createRandom(seed);
  const noise = Object.entries(weights).map(([name, { shape, size }]) => {
    const unit = tf.tensor(
      Float32Array.from({ length: size }, () => random.normal()),
      shape,
    );
    return [name, unit.div(unit.norm().mul(Math.sqrt(Object.keys(weights).length)))] as const;
  });
  return Object.fromEntries(noise);
}

/** All methods on one family; on the others those that reach into the layers, and one of each kind of prompt. */
const CASES = TINY_BACKBONES.flatMap((name) =>
  MODEL_IDS.filter(
    (id) => name === "roberta-tiny" || /^(full|bitfit|lora|adapter|p-tuning-v2|spt|lpt-mppg|idpg, .*)$/.test(id),
  ).map((id) => [id, name] as const),
);

describe("gradients", () => {
  it.each(CASES)("of %s on %s agree with differences, tensor by tensor", async (id, name) => {
    const backbone = await loadTinyBackbone(undefined, name);
    const tiny = tinyModel(backbone, id);
    const weights = noisyWeights(tiny.model, tiny.head);
    const loss = lossOf(tiny, tinyBatch(backbone, tiny.config.promptLength));
    const { gradients } = valueAndGradients(loss, weights);
    const names = Object.keys(weights);
    const few = names.filter((_, i) => i % Math.ceil(names.length / 3) === 0); // full fine-tuning has dozens
    for (const weight of few) {
      const gradient = gradients[weight] as tf.Tensor;
      const norm = gradient.norm().dataSync<"float32">()[0] ?? Number.NaN;
      expect(norm, weight).toBeGreaterThan(/key\.bias|\.b$/.test(weight) ? -1 : 0);
      const steepest = { [weight]: norm === 0 ? gradient : gradient.div(norm) };
      expect(mismatch(loss, weights, gradients, steepest), weight).toBeLessThan(1e-4 + 2e-3 * norm);
    }
    for (const seed of [0, 1]) {
      const direction = randomDirection(weights, seed);
      expect(mismatch(loss, weights, gradients, direction), `direction ${seed}`).toBeLessThan(1e-3);
    }
  });
});

describe("gradients against PyTorch in float64", () => {
  /** The method's gradients of the stored loss, at the stored batch. */
  async function storedLoss(id: string, golden: string, weights?: Weights) {
    const backbone = await loadTinyBackbone();
    const tiny = tinyModel(backbone, id);
    const file = await openGolden(`gradients/${golden}.safetensors`);
    const gateMask = tf.ones([4]) as tf.Tensor1D;
    const batch = goldenBatch(await openGolden("gradients/batch_roberta.safetensors"), { promptLength: 5, gateMask });
    const { losses, gradients } = valueAndGradients(
      lossOf(tiny, batch),
      weights ?? tiny.model.initialWeights(createRandom(1)),
    );
    const loss = losses.loss.dataSync<"float32">()[0] ?? Number.NaN;
    expect(Math.abs(loss - (file.readFloats("loss.ce")[0] ?? Number.NaN))).toBeLessThan(2e-5);
    return { file, gradients };
  }

  it.each(["full", "bitfit"])("%s: every trained weight within 1e-4 of the largest entry", async (id) => {
    const { file, gradients } = await storedLoss(id, "full_finetune");
    const stored = file.names.filter((name) => name.startsWith("grad.ce."));
    const biases = stored.filter((name) => /bias$/.test(name) && !/lm_head/.test(name));
    const expected = id === "full" ? stored : biases;
    expect(
      Object.keys(gradients)
        .map((name) => `grad.ce.${name}`)
        .sort(),
    ).toEqual([...expected].sort());
    for (const [name, gradient] of Object.entries(gradients)) {
      const reference = goldenTensor(file, `grad.ce.${name}`);
      const largest = reference.abs().max().dataSync<"float32">()[0] ?? Number.NaN;
      const worst = gradient.sub(reference).abs().max().dataSync<"float32">()[0] ?? Number.NaN;
      expect(worst, name).toBeLessThan(Math.max(1e-4 * largest, 1e-6));
    }
  });

  it("prompt tuning: the prompt at the input", async () => {
    const file = await openGolden("gradients/prompt_input.safetensors");
    const { gradients } = await storedLoss("prompt-tuning", "prompt_input", {
      "gen.0.prompt": goldenTensor(file, "param.prompt"),
    });
    expect(relativeError(gradients["gen.0.prompt"] as tf.Tensor, goldenTensor(file, "grad.ce.prompt"))).toBeLessThan(
      1e-4,
    );
  });

  it("P-tuning v2: keys and values of all layers", async () => {
    const file = await openGolden("gradients/prefix_kv.safetensors");
    const byName = (name: string) =>
      Object.fromEntries(
        tf.unstack(goldenTensor(file, name)).flatMap((roles, layer) =>
          ["key", "value"].map((role, i) => {
            const heads = roles.slice([i, 0, 0, 0], [1, -1, -1, -1]).squeeze([0]); // [H, l, D/H]
            return [`prompt.${layer}.${role}`, heads.transpose([1, 0, 2]).reshape([5, 32])] as const; // -> [l, D]
          }),
        ),
      );
    const expected = byName("grad.ce.prefix");
    const { gradients } = await storedLoss("p-tuning-v2", "prefix_kv", byName("param.prefix"));
    const all = (tensors: Weights) => tf.stack(Object.keys(expected).map((name) => tensors[name] as tf.Tensor));
    expect(relativeError(all(gradients), all(expected))).toBeLessThan(1e-4);
  });
});
