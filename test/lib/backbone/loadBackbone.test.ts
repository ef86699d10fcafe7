import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenizer } from "../../../lib/backbone/createTokenizer.js";
import { loadBackbone, loadModel } from "../../../lib/backbone/loadBackbone.js";
import { readSafetensors, type TensorToWrite, writeSafetensors } from "../../../lib/backbone/safetensors.js";
import { useDevice } from "../../../lib/engine/index.js";
import { CheckpointError } from "../../../lib/errors.js";

const TINY = "test/fixtures/models/roberta-tiny";

/** A 120-word vocabulary with RoBERTa's special tokens, to go with the tiny model. */
function tokenizerFile(words = 115) {
  const specials = ["<s>", "<pad>", "</s>", "<unk>"];
  const tokens = [...specials, ...Array.from({ length: words }, (_, i) => `w${i}`), "<mask>"];
  return {
    added_tokens: [...specials, "<mask>"].map((content) => ({ id: tokens.indexOf(content), content, special: true })),
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0] },
    model: { type: "WordPiece", unk_token: "<unk>", vocab: Object.fromEntries(tokens.map((word, id) => [word, id])) },
  };
}

let folder = "";
beforeAll(async () => {
  await useDevice("cpu");
  folder = await mkdtemp(join(tmpdir(), "sptlab-backbone-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Tensors = Record<string, TensorToWrite>;

/** A copy of the tiny model with its tensors and configuration edited. */
async function variant(name: string, edit: { tensors?: (all: Tensors) => void; config?: object }): Promise<string> {
  const directory = join(folder, name);
  await mkdir(directory, { recursive: true });
  const config = JSON.parse(await readFile(join(TINY, "config.json"), "utf8"));
  await writeFile(join(directory, "config.json"), JSON.stringify({ ...config, ...edit.config }));
  const file = await readSafetensors(join(TINY, "model.safetensors"));
  const tensors: Tensors = Object.fromEntries(
    file.names.map((tensor) => [tensor, { shape: file.shape(tensor), values: file.read(tensor) }]),
  );
  edit.tensors?.(tensors);
  await writeSafetensors(join(directory, "model.safetensors"), tensors);
  return directory;
}

describe("loadBackbone", () => {
  it("gives the facts, the tokenizer and the weights of a directory", async () => {
    const directory = join(folder, "whole");
    await cp(TINY, directory, { recursive: true });
    await writeFile(join(directory, "tokenizer.json"), JSON.stringify(tokenizerFile()));
    const before = tf.memory().numTensors;
    const backbone = await loadBackbone(directory);
    expect(backbone.config).toMatchObject({
      family: "roberta",
      layerCount: 4,
      hiddenSize: 32,
      headCount: 4,
      vocabSize: 120,
      maxLength: 64,
      padTokenId: 1,
      maskTokenId: 119,
    });
    expect(backbone.tokenizer.encode("w0 <mask>").ids).toEqual([0, 4, 119, 2]);
    expect(backbone.weights["roberta.embeddings.word_embeddings.weight"]?.shape).toEqual([120, 32]);
    backbone.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("takes a tokenizer of the caller's", async () => {
    const tokenizer = createTokenizer(tokenizerFile(), "test");
    const backbone = await loadBackbone(TINY, { tokenizer });
    expect(backbone.tokenizer).toBe(tokenizer);
    backbone.dispose();
  });

  it("refuses a tokenizer that does not fit the model, and a directory without one", async () => {
    const large = createTokenizer(tokenizerFile(116), "test");
    await expect(loadBackbone(TINY, { tokenizer: large })).rejects.toThrow(/has 121 tokens, the model 120/);
    const padded = createTokenizer(tokenizerFile(), "test", { pad: "</s>" });
    await expect(loadBackbone(TINY, { tokenizer: padded })).rejects.toThrow(/pads with id 2, the model expects 1/);
    await expect(loadBackbone(TINY)).rejects.toThrow(/holds no tokenizer/);
    const file = tokenizerFile();
    const specials = file.added_tokens.filter(({ content }) => content !== "<mask>");
    const maskless = createTokenizer({ ...file, added_tokens: specials }, "test");
    await expect(loadBackbone(TINY, { tokenizer: maskless })).rejects.toThrow(/has no mask token/);
  });
});

describe("loadModel", () => {
  it("hashes config.json and the weights: the same for equal files, another for one changed byte", async () => {
    const [a, b, c] = [
      await loadModel(await variant("hash-a", {})),
      await loadModel(await variant("hash-b", {})),
      await loadModel(await variant("hash-c", { config: { initializer_range: 0.03 } })),
    ];
    expect(a.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(b.hash).toBe(a.hash);
    expect(c.hash).not.toBe(a.hash);
    for (const model of [a, b, c]) model.dispose();
  });

  it("lists every tensor that is missing, unknown or misshaped", async () => {
    const directory = await variant("wrong", {
      tensors: (all) => {
        delete all["lm_head.bias"];
        all["classifier.weight"] = { shape: [1], values: Float32Array.of(1) };
        all["lm_head.dense.bias"] = { shape: [31], values: new Float32Array(31) };
      },
    });
    const error: unknown = await loadModel(directory).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(String(error)).toMatch(/missing: lm_head.bias; unknown: classifier.weight; wrong shape: lm_head.dense.bias/);
    expect((error as CheckpointError).facts).toMatchObject({
      missing: ["lm_head.bias"],
      unknown: ["classifier.weight"],
      misshaped: ["lm_head.dense.bias [31] instead of [32]"],
    });
  });

  it("refuses two names of one tensor", async () => {
    const directory = join(folder, "twice");
    await cp("test/fixtures/models/gpt2-tiny-hub", directory, { recursive: true });
    const file = await readSafetensors(join(directory, "model.safetensors"));
    const tensors = Object.fromEntries(
      file.names.map((name) => [name, { shape: file.shape(name), values: file.read(name) }]),
    );
    const again = { ...tensors, "transformer.ln_f.bias": { shape: [32], values: new Float32Array(32) } };
    await writeSafetensors(join(directory, "model.safetensors"), again);
    await expect(loadModel(directory)).rejects.toThrow(/two names of one tensor/);
  });

  it("does without a pooler, and uses a decoder of its own where the embeddings are not tied", async () => {
    const directory = await variant("untied", {
      config: { tie_word_embeddings: false },
      tensors: (all) => {
        delete all["roberta.pooler.dense.weight"];
        delete all["roberta.pooler.dense.bias"];
        all["lm_head.decoder.weight"] = { shape: [120, 32], values: new Float32Array(120 * 32) };
      },
    });
    const { model, weights, dispose } = await loadModel(directory);
    const logits = model.logits(tf.ones([1, 32]));
    expect(await logits.data()).toEqual(await weights["lm_head.bias"]?.data());
    expect(() => model.pool?.(tf.ones([1, 1, 32]))).toThrow(/no weight "roberta.pooler.dense.weight"/);
    logits.dispose();
    dispose();
  });

  it.each([
    [
      "an unknown family",
      { model_type: "llama" },
      /model_type "llama"; .* known here are roberta, bert, deberta, gpt2/,
    ],
    ["an activation that is not there", { hidden_act: "relu" }, /hidden_act/],
    [
      "heads that do not divide the hidden size",
      { num_attention_heads: 5 },
      /must be a multiple of num_attention_heads/,
    ],
    ["a missing size", { vocab_size: undefined }, /vocab_size/],
  ])("refuses a config.json with %s", async (name, config, message) => {
    await expect(loadModel(await variant(name.replaceAll(" ", "-"), { config }))).rejects.toThrow(message);
  });

  it("finds a packaged model by its name", async () => {
    const { directory, config, dispose } = await loadModel("roberta-nano");
    expect(directory).toBe(resolve("data/models/roberta-nano"));
    expect(config).toMatchObject({ family: "roberta", layerCount: 12, hiddenSize: 128 });
    dispose();
  });

  it("says where it looked for a model that is not there", async () => {
    await expect(loadModel("no-such-model")).rejects.toThrow(/No model "no-such-model".*holds no config.json/);
  });

  it("refuses a sharded index that names a file elsewhere, or a tensor that its shard lacks", async () => {
    const directory = join(folder, "shards");
    await cp("test/fixtures/models/roberta-tiny-sharded", directory, { recursive: true });
    const index = join(directory, "model.safetensors.index.json");
    const { weight_map } = JSON.parse(await readFile(index, "utf8"));
    const rewrite = (file: string) =>
      writeFile(index, JSON.stringify({ weight_map: { ...weight_map, "lm_head.bias": file } }));
    await rewrite("../model.safetensors");
    await expect(loadModel(directory)).rejects.toThrow(/must lie beside its index/);
    const other = Object.values(weight_map).find((file) => file !== weight_map["lm_head.bias"]);
    await rewrite(String(other));
    await expect(loadModel(directory)).rejects.toThrow(/places "lm_head.bias" in .*, which does not hold it/);
  });

  it("refuses a directory without weights", async () => {
    const directory = join(folder, "bare");
    await mkdir(directory);
    await cp(join(TINY, "config.json"), join(directory, "config.json"));
    await expect(loadModel(directory)).rejects.toThrow(/holds no weights: expected model.safetensors/);
  });
});
