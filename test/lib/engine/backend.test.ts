import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { AdamW, jit, useDevice } from "../../../lib/engine/index.js";

beforeAll(() => useDevice("onnx"));

describe("the onnx device behaves as tfjs users expect", () => {
  it("reads by data, dataSync, array and print", async () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]).mul(2);
    expect(Array.from(await x.data())).toEqual([2, 4, 6, 8]);
    expect(await x.array()).toEqual([
      [2, 4],
      [6, 8],
    ]);
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    x.print();
    expect(String(log.mock.calls[0]?.[0])).toContain("[6, 8]");
    log.mockRestore();
  });

  it("reads a result that another result was made of, and the other way round", () => {
    const a = tf.tensor([1, 2]).add(1);
    const b = a.mul(10);
    expect(Array.from(b.dataSync())).toEqual([20, 30]);
    expect(Array.from(a.dataSync())).toEqual([2, 3]);
  });

  it("keeps int32, bool and string tensors", () => {
    expect(tf.tensor([7, -7], [2], "int32").floorDiv(tf.scalar(2, "int32")).dataSync()).toEqual(Int32Array.of(3, -4));
    expect(Array.from(tf.tensor([1, 2]).greater(1).dataSync())).toEqual([0, 1]);
    expect(tf.tensor(["a", "é"]).dataSync()).toEqual(["a", "é"]);
  });

  it("says which shapes do not fit when they meet, not when they run", () => {
    expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 5]))).toThrow(/inner dimensions 3 and 4/);
  });

  it("runs tfjs operations that it has no kernel for", () => {
    const x = tf.tensor4d(
      Array.from({ length: 16 }, (_, i) => i),
      [1, 4, 4, 1],
    );
    expect(Array.from(tf.maxPool(x, 2, 2, "valid").dataSync())).toEqual([5, 7, 13, 15]);
  });

  it("hands a list of tensors to an operation that it has no kernel for", () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    expect(Array.from(tf.einsum("ij,jk->ik", x, x).dataSync())).toEqual([7, 10, 15, 22]);
  });

  it("moves tensors, pending ones too, to another device and back", async () => {
    const pending = tf.tensor([1, 2]).mul(3);
    const reshaped = pending.reshape([2, 1]);
    const weight = tf.variable(pending.add(1));
    await useDevice("cpu");
    weight.assign(pending.add(weight));
    expect(Array.from(reshaped.dataSync())).toEqual([3, 6]);
    await useDevice("onnx");
    const step = jit(({ x }: { x: tf.Tensor }) => ({ sum: weight.add(x) }));
    expect(Array.from((await step({ x: pending })).sum.dataSync())).toEqual([10, 19]);
    expect(Array.from(reshaped.mul(2).dataSync())).toEqual([6, 12]);
  });

  it("times and profiles what was recorded", async () => {
    const { wallMs, kernelMs } = await tf.time(() => tf.matMul(tf.ones([100, 100]), tf.ones([100, 100])));
    expect(kernelMs).toBeGreaterThan(0);
    expect(wallMs).toBeGreaterThan(0);
    const { kernelNames } = await tf.profile(() => tf.tidy(() => tf.tensor([1, 2]).mul(2).sum()));
    expect(kernelNames).toEqual(["Multiply", "Sum"]);
  });

  it("trains with tfjs's own layers and optimisers", async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros" })],
    });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
    const x = tf.tensor2d([0, 1, 2, 3], [4, 1]);
    await model.fit(x, x.mul(2).add(1), { epochs: 60, verbose: 0 });
    expect((model.predict(tf.tensor2d([[4]])) as tf.Tensor).dataSync()[0]).toBeCloseTo(9, 0);
  });

  it("sums rows that share a target exactly, however many there are", () => {
    const rows = tf.range(0, 20_000, 1, "int32").mod(tf.scalar(3, "int32"));
    const sums = tf.unsortedSegmentSum(tf.ones([20_000, 4]), rows as tf.Tensor1D, 3);
    expect(Array.from(sums.sum(1).dataSync())).toEqual([26_668, 26_668, 26_664]);
  });
});

describe("a thousand steps leak nothing", () => {
  const RSS_SLACK_MB = 60; // one [256, 64] tensor kept at each step would take 65
  const ROUNDS = 3; // a leak grows in each of them; the allocator's own reserves do not
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;

  it.each(["traced", "lazy"])("%s: tensors and resident memory stay flat", async (mode) => {
    const weights = { w: tf.variable(tf.randomNormal([64, 64], 0, 0.1, "float32", 1)) };
    const optimizer = new AdamW(weights);
    const step = ({ x }: { x: tf.Tensor }) => {
      const { grads, value } = tf.variableGrads(() =>
        tf
          .tanh(tf.matMul(x as tf.Tensor2D, weights.w as tf.Tensor2D))
          .square()
          .mean(),
      );
      optimizer.apply({ w: grads[weights.w.name] as tf.Tensor }, tf.scalar(0.001));
      return { loss: value as tf.Tensor };
    };
    const traced = jit(step);
    const runOnce = async (index: number): Promise<void> => {
      const x = tf.tidy(() => tf.fill([256, 64], index % 7).add(tf.range(0, 64)));
      const { loss } = mode === "traced" ? await traced({ x }) : tf.tidy(() => step({ x }));
      await loss.data();
      tf.dispose([x, loss]);
    };
    for (let index = 0; index < 200; index++) await runOnce(index);
    const tensorCount = tf.memory().numTensors;
    const grownMb: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      collectGarbage();
      const before = process.memoryUsage().rss;
      for (let index = 0; index < 1000; index++) await runOnce(index);
      collectGarbage();
      grownMb.push((process.memoryUsage().rss - before) / 1e6);
    }
    expect(tf.memory().numTensors).toBe(tensorCount);
    expect(Math.min(...grownMb)).toBeLessThan(RSS_SLACK_MB);
    traced.dispose();
    optimizer.dispose();
    weights.w.dispose();
  });
});
