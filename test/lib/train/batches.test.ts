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

  it("pads long texts in longer steps, so that there are 16 shapes up to 512 tokens", () => {
    const deep: Backbone = { ...backbone, config: { ...backbone.config, maxLength: 512 } };
    const reader = new TaskReader({ backbone: deep, task, config });
    const paddedTo = (length: number) =>
      tf.tidy(() => reader.batch([{ ids: Array(length).fill(5), readPosition: 0, label: 0 }]).inputIds.shape[1]);
    expect([1, 16, 17, 120, 128, 129, 256, 257, 500].map(paddedTo)).toEqual([16, 16, 32, 128, 128, 160, 256, 320, 512]);
    expect(new Set(Array.from({ length: 512 }, (_, i) => paddedTo(i + 1))).size).toBe(16);
  });

  it("refuses a label without a label word", () => {
    const reader = new TaskReader({ backbone, task, config });
    expect(() => reader.encode([{ text: "good", label: 2 }])).toThrow(DataError);
  });
});

describe("ExampleStream", () => {
  /** Examples whose label is their number, with seeded lengths from 1 to 64. */
  function createExamples(count: number): EncodedExample[] {
    const random = createRandom(2);
    return Array.from({ length: count }, (_, label) => ({
      ids: Array<number>(1 + random.integer(64)).fill(5),
      readPosition: 0,
      label,
    }));
  }
  const labels = (batch: readonly EncodedExample[]) => batch.map(({ label }) => label);
  const longest = (batch: readonly EncodedExample[]) => Math.max(...batch.map(({ ids }) => ids.length));

  it.each([
    [7, 3],
    [40, 4],
    [101, 8],
    [3, 7],
  ])(
    "shows each of %i examples once in each epoch of batches of %i, in another order each time",
    (count, batchSize) => {
      const stream = new ExampleStream(createExamples(count), batchSize, createRandom(1));
      const order = Array.from({ length: count * 2 }, (_, step) => labels(stream.batchAt(step))).flat();
      const epochs = Array.from({ length: 6 }, (_, epoch) => order.slice(epoch * count, (epoch + 1) * count));
      const all = Array.from({ length: count }, (_, label) => label);
      for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual(all);
      if (count > 3) expect(new Set(epochs.map(String)).size).toBe(6); // three examples have six orders
    },
  );

  it("gives the same batch at a step, whatever was read before", () => {
    const examples = createExamples(101);
    const stream = () => new ExampleStream(examples, 8, createRandom(1));
    const used = stream();
    for (let step = 0; step < 60; step++) used.batchAt(step);
    for (const step of [0, 12, 13, 59]) expect(labels(used.batchAt(step))).toEqual(labels(stream().batchAt(step)));
    const other = new ExampleStream(examples, 8, createRandom(2));
    expect(labels(other.batchAt(0))).not.toEqual(labels(stream().batchAt(0)));
  });

  it("puts examples of similar lengths together, and batches of all lengths in random order", () => {
    const stream = new ExampleStream(createExamples(512), 8, createRandom(1));
    const batches = Array.from({ length: 64 }, (_, step) => stream.batchAt(step));
    const rows = batches.reduce((sum, batch) => sum + longest(batch) * batch.length, 0);
    const tokens = batches.flat().reduce((sum, { ids }) => sum + ids.length, 0);
    expect(tokens / rows).toBeGreaterThan(0.9); // 8 uniform lengths without sorting: 0.57
    const longer = batches.slice(1).filter((batch, i) => longest(batch) > longest(batches[i] ?? [])).length;
    expect(longer).toBeGreaterThan(20); // sorted batches would give 63 or 0, random ones about 31
    expect(longer).toBeLessThan(43);
    const groups = (epoch: number) =>
      new Set(Array.from({ length: 64 }, (_, i) => String(labels(stream.batchAt(epoch * 64 + i)).sort())));
    const repeated = [...groups(1)].filter((group) => groups(0).has(group));
    expect(repeated).toEqual([]); // who shares a batch changes
  });
});
