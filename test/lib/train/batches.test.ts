import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { DataError } from "../../../lib/errors.js";
import { createRandom } from "../../../lib/random.js";
import { type EncodedExample, ExampleStream, TaskReader } from "../../../lib/train/batches.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const { task } = createToyData();
const config = { head: "cloze" as const, promptLength: 2, maxLength: 64 };

let backbone: Backbone;
beforeAll(async () => {
  await useDevice("cpu");
  backbone = await loadTinyBackbone(toyTokenizer);
});

describe("TaskReader", () => {
  it("encodes an example in its template and marks the state that each head reads", () => {
    const example = { text: "good film", label: 1 };
    const [cloze] = new TaskReader({ backbone, task, config }).encode([example]);
    const [classifier] = new TaskReader({ backbone, task, config: { ...config, head: "classifier" } }).encode([
      example,
    ]);
    expect(cloze?.ids.map((id) => toyTokenizer.token(id))).toEqual([
      "<s>",
      "good",
      "Ġfilm",
      "Ġ.",
      "ĠIt",
      "Ġwas",
      "<mask>",
      "Ġ.",
      "</s>",
    ]);
    expect(cloze?.readPosition).toBe(6);
    expect(classifier?.readPosition).toBe(0);
  });

  it("marks the last token for either head where the label word comes last", () => {
    const decoder: Backbone = { ...backbone, config: { ...backbone.config, clozePosition: "last" } };
    for (const head of ["cloze", "classifier"] as const) {
      const reader = new TaskReader({ backbone: decoder, task, config: { ...config, head } });
      const [example] = reader.encode([{ text: "good film", label: 1 }]);
      const read = example?.ids[example.readPosition] ?? -1;
      expect([example?.readPosition, toyTokenizer.token(read)]).toEqual([5, "Ġwas"]);
    }
  });

  it("pads a batch to a multiple of 16, and no further than the backbone reads", () => {
    const reader = new TaskReader({ backbone, task, config });
    const texts = ["good film", `good${" film".repeat(20)}`];
    const batch = reader.batch(reader.encode(texts.map((text) => ({ text, label: 1 }))));
    expect(batch.inputIds.shape).toEqual([2, 32]);
    const mask = batch.attentionMask.arraySync();
    expect(mask.map((row) => row.reduce((sum, isText) => sum + isText, 0))).toEqual([9, 28]);
    expect(batch.inputIds.arraySync()[0]?.slice(9)).toEqual(Array(23).fill(toyTokenizer.padTokenId));
    expect(batch.targets.arraySync()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    const read = tf.matMul(batch.readout, batch.inputIds.cast("float32").expandDims<tf.Tensor3D>(2));
    expect([...read.dataSync()]).toEqual([toyTokenizer.maskTokenId, toyTokenizer.maskTokenId]);
    // Every averaging row sums to one, over the text alone.
    const padding = batch.attentionMask.cast("float32").sub(1).expandDims(1);
    expect(batch.pooling.mul(padding).abs().sum().dataSync()[0]).toBe(0);
    for (const sum of batch.pooling.sum(-1).dataSync()) expect(sum).toBeCloseTo(1, 6);
    const longest = { ids: Array(60).fill(5), readPosition: 1, label: 0 };
    expect(reader.batch([longest]).inputIds.shape).toEqual([1, 64]);
  });

  it("refuses a label without a label word", () => {
    const reader = new TaskReader({ backbone, task, config });
    expect(() => reader.encode([{ text: "good", label: 2 }])).toThrow(DataError);
  });
});

describe("ExampleStream", () => {
  const examples: EncodedExample[] = Array.from({ length: 7 }, (_, label) => ({ ids: [], readPosition: 0, label }));
  const stream = () => new ExampleStream(examples, 3, createRandom(1));
  const labels = (batch: readonly EncodedExample[]) => batch.map(({ label }) => label);

  it("shows every example once in each epoch, in another order each time", () => {
    const order = Array.from({ length: 14 }, (_, step) => labels(stream().batchAt(step))).flat();
    const epochs = Array.from({ length: 6 }, (_, epoch) => order.slice(epoch * 7, epoch * 7 + 7));
    for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(new Set(epochs.map(String)).size).toBe(6);
  });

  it("gives the same batch at a step, whatever was read before", () => {
    const used = stream();
    for (let step = 0; step < 9; step++) used.batchAt(step);
    expect(labels(used.batchAt(9))).toEqual(labels(stream().batchAt(9)));
  });
});
