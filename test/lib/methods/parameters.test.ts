/** Tunable parameters: what the formula says is what is there, and what the papers print. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { ConfigError } from "../../../lib/errors.js";
import { findMethod, METHODS } from "../../../lib/methods/registry.js";
import { countParameters } from "../../../lib/prompt/weights.js";
import { createRandom } from "../../../lib/random.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { MODEL_IDS, TINY_BACKBONES, tinyModel } from "./tinyModels.js";

beforeAll(async () => {
  await useDevice("cpu");
});

/** A backbone of a published size, of which nothing but the sizes is known. */
async function sized(name: string, config: Partial<Backbone["config"]> & Record<string, unknown>): Promise<Backbone> {
  const tiny = await loadTinyBackbone(undefined, name);
  return { ...tiny, config: { ...tiny.config, ...config } };
}

const LARGE = {
  layerCount: 24,
  hiddenSize: 1024,
  intermediateSize: 4096,
  vocabSize: 50265,
  positionCount: 514,
  maxLength: 512,
};
const BASE = { ...LARGE, layerCount: 12, hiddenSize: 768, intermediateSize: 3072 };

describe.each(TINY_BACKBONES)("on %s", (name) => {
  it.each(MODEL_IDS)("the formula of %s counts its weights", async (id) => {
    const { model } = tinyModel(await loadTinyBackbone(undefined, name), id);
    expect(model.parameters.count).toBe(countParameters(model.initialWeights(createRandom(1))));
    expect(model.parameters.text).toMatch(/\d/);
  });
});

describe("counts that are published, or worked out from published sizes", () => {
  it.each([
    ["lpt-npg", LARGE, 791_680], // Liu et al. 2022, m = 128, l = 5
    ["lpt-appg", LARGE, 263_296],
    ["lpt-mppg", LARGE, 263_296],
    ["lora", LARGE, 786_432], // Hu et al. 2022 print 0.8 M and, for the base size, 0.3 M
    ["lora", BASE, 294_912],
    ["bitfit", LARGE, 271_360], // worked out by hand for BERT-large: about 0.08 % of 335 M
  ])("%s", async (id, size, count) => {
    const { model } = findMethod(id).configure(await sized("roberta-tiny", size));
    expect(model.parameters.count).toBe(count);
  });

  it.each([
    ["roberta-tiny", { ...BASE, typeVocabSize: 1 }, 124_697_433], // RobertaForMaskedLM, roberta-base
    ["bert-tiny", { ...BASE, vocabSize: 30522, positionCount: 512, typeVocabSize: 2 }, 109_514_298], // BertForMaskedLM
    ["gpt2-tiny", { ...BASE, vocabSize: 50257, positionCount: 1024, typeVocabSize: 0 }, 124_439_808], // gpt2
  ])("full fine-tuning of %s in the base size", async (name, size, count) => {
    const { model } = findMethod("full").configure(await sized(name, size));
    expect(model.parameters.count).toBe(count);
  });

  it("prompts: l·D at the input, and keys and values of all layers, 2·L·l·D", async () => {
    const large = await sized("roberta-tiny", LARGE);
    const count = (id: string) => findMethod(id).configure(large, { promptLength: 20 }).model.parameters.count;
    expect([count("prompt-tuning"), count("p-tuning-v2")]).toEqual([20 * 1024, 2 * 24 * 20 * 1024]);
  });
});

describe("an ablation", () => {
  it("takes no other value for what it fixes", async () => {
    const backbone = await loadTinyBackbone();
    const configure = (id: string, config: object) => findMethod(id).configure(backbone, { ...config });
    expect(() => configure("darts", { search: { isConsistent: true } })).toThrow(/search\.isConsistent/);
    expect(() => configure("spt", { search: { isConsistent: true } })).not.toThrow();
    expect(() => configure("all-layers", { topK: 2 })).toThrow(/topK/);
    expect(() => configure("prompt-tuning", { generator: "pooled" })).toThrow(/generator/);
  });
});

describe("findMethod", () => {
  it("knows every id once, and lists them where it does not", () => {
    expect(new Set(METHODS.map(({ id }) => id)).size).toBe(METHODS.length);
    for (const method of METHODS) expect(findMethod(method.id)).toBe(method);
    expect(() => findMethod("lore")).toThrow(/must be one of full, bitfit, lora.*got "lore"/);
  });

  it.each(METHODS.map(({ id }) => id))("%s takes another learning rate", async (id) => {
    const { config } = findMethod(id).configure(await loadTinyBackbone(), { learningRate: 0.0123 });
    expect(config.learningRate).toBe(0.0123);
  });

  it.each(METHODS.map(({ id }) => id))("%s refuses a setting that it does not have", async (id) => {
    const backbone = await loadTinyBackbone();
    expect(() => findMethod(id).configure(backbone, { colour: "red" })).toThrow(ConfigError);
    expect(() => findMethod(id).configure(backbone, { maxLength: 1000 })).toThrow(/maxLength must be at most 64/);
  });
});
