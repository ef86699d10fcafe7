import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { loadBackbone } from "../../../lib/backbone/index.js";
import { parseRobertaConfig } from "../../../lib/backbone/roberta.js";
import { useDevice } from "../../../lib/engine/index.js";
import { configJson, exportModel } from "../../../lib/pretrain/exportModel.js";
import { initialWeights } from "../../../lib/pretrain/initialWeights.js";
import { layerMeans, wholeTexts, wordVectorMeans } from "../../../lib/pretrain/pooledFeatures.js";
import { createChunkEncoder } from "../../../lib/pretrain/tokenStream.js";
import { trainWordPiece } from "../../../lib/pretrain/wordPieceTrainer.js";
import { createRandom } from "../../../lib/random.js";
import { temporaryFolder } from "../../temporaryFolder.js";

const WORDS = "a good film with some bad parts and a long , slow end".split(" ");
const tokenizer = trainWordPiece(new Map(WORDS.map((word) => [word, 5])), { vocabSize: 300 });

describe("sentence features", () => {
  beforeAll(async () => {
    await useDevice("onnx");
  });

  it("averages the hidden states of each text alone, or takes one, whatever else is in its batch", async () => {
    const folder = join(temporaryFolder("features-"), "model");
    const vocabSize = Object.keys(tokenizer.model.vocab).length;
    const config = parseRobertaConfig(
      configJson({
        family: "roberta",
        clozePosition: "mask",
        layerCount: 2,
        hiddenSize: 8,
        headCount: 2,
        vocabSize,
        maxLength: 32,
        padTokenId: 1,
        intermediateSize: 16,
        layerNormEps: 1e-5,
        positionCount: 34,
        typeVocabSize: 1,
        isTied: true,
      }),
      "test",
    );
    await exportModel(folder, config, initialWeights(config, createRandom(1)), tokenizer, "");
    const backbone = await loadBackbone(folder);
    const examples = [
      { text: WORDS.join(" "), label: 0 },
      { text: "good", label: 1 },
      { text: "bad film", pair: "some", label: 1 },
    ];
    const texts = wholeTexts(backbone, examples);
    const means = await layerMeans(backbone, texts, [0, 2]);
    const thirds = await layerMeans(
      backbone,
      texts.map((text) => ({ ...text, positions: [2] })),
      [2],
    );
    for (const [n, { text, pair }] of examples.entries()) {
      const ids = tf.tensor2d([[...backbone.tokenizer.encode(text, pair).ids]], undefined, "int32");
      const mask = tf.onesLike(ids) as tf.Tensor2D;
      const bias = backbone.attentionBias(mask, 0);
      const embedded = backbone.embed(ids, mask);
      const last = backbone.layer(1, backbone.layer(0, embedded, bias), bias);
      for (const [layer, hidden] of [
        [0, embedded],
        [2, last],
      ] as const) {
        const expected = await tf.mean(hidden, 1).data();
        const got = means.get(layer)?.values.subarray(n * 8, (n + 1) * 8) ?? [];
        for (let d = 0; d < 8; d++) expect(got[d]).toBeCloseTo(expected[d] ?? 0, 5); // float32, values of order 1
      }
      const third = await last.slice([0, 2], [1, 1]).data();
      const got = thirds.get(2)?.values.subarray(n * 8, (n + 1) * 8) ?? [];
      for (let d = 0; d < 8; d++) expect(got[d]).toBeCloseTo(third[d] ?? 0, 5);
    }
    backbone.dispose();
  });

  it("averages the vectors of known words, each time they occur", () => {
    const vectors = new Map([
      ["good", new Float32Array(100).fill(1)],
      ["film", new Float32Array(100).fill(4)],
    ]);
    const { values } = wordVectorMeans(
      [
        { text: "Good GOOD film, odd", label: 0 },
        { text: "odd", label: 1 },
      ],
      vectors,
    );
    expect(values[0]).toBe(2);
    expect(values[100]).toBe(0);
  });

  it("encodes chunks as the tokenizer encodes the whole text", () => {
    const encode = createChunkEncoder(tokenizer);
    const whole = new Tokenizer(tokenizer, {});
    for (const text of ["A good film, with some BAD parts.", " goods  bad-film ", "café 漢字 slow, slow end"]) {
      expect(encode(text)).toEqual(whole.encode(text, { add_special_tokens: false }).ids);
      expect(encode(text)).toEqual(encode(text));
    }
    expect(encode("<mask>")).not.toContain(tokenizer.model.vocab["<mask>"]);
  });
});
