import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { jit, useDevice } from "../../../lib/engine/index.js";
import type { OnnxBackend } from "../../../lib/engine/onnx/backend.js";
import { testDevices } from "../devices.js";

const values = async (tensor: tf.Tensor): Promise<number[]> => Array.from(await tensor.data());
afterEach(() => tf.disposeVariables());

describe.each(testDevices)("a traced function on %s", (device) => {
  beforeAll(() => useDevice(device));

  it("computes on new inputs at each call", async () => {
    const double = jit(({ x }: { x: tf.Tensor }) => ({ y: x.mul(2) }));
    expect(await values((await double({ x: tf.tensor([1, 2]) })).y)).toEqual([2, 4]);
    expect(await values((await double({ x: tf.tensor([3, 5]) })).y)).toEqual([6, 10]);
    expect(await values((await double({ x: tf.tensor([1, 2, 3]) })).y)).toEqual([2, 4, 6]);
  });

  it("reads a variable's present value and writes assignments back", async () => {
    const count = tf.variable(tf.scalar(1));
    const step = jit(({ by }: { by: tf.Tensor }) => {
      count.assign(count.add(by) as tf.Scalar);
      return { now: count.mul(10) };
    });
    expect(await values((await step({ by: tf.scalar(2) })).now)).toEqual([30]);
    count.assign(tf.scalar(100));
    expect(await values((await step({ by: tf.scalar(1) })).now)).toEqual([1010]);
    expect(await values(count)).toEqual([101]);
  });

  it("keeps two variables apart that shared their first value", async () => {
    const first = tf.variable(tf.tensor([1, 1]));
    const second = tf.variable(first);
    const step = jit(({ x }: { x: tf.Tensor }) => {
      first.assign(first.add(x));
      return { sum: first.add(second) };
    });
    await step({ x: tf.tensor([1, 2]) });
    expect(await values((await step({ x: tf.tensor([1, 2]) })).sum)).toEqual([4, 6]);
    expect(await values(second)).toEqual([1, 1]);
  });

  it("returns an input or a variable untouched when that is the result", async () => {
    const weight = tf.variable(tf.tensor([7]));
    const same = jit(({ x }: { x: tf.Tensor }) => ({ x: x.reshape([2, 1]), weight: weight.clone() }));
    const result = await same({ x: tf.tensor([1, 2]) });
    expect(result.x.shape).toEqual([2, 1]);
    expect(await values(result.x)).toEqual([1, 2]);
    expect(await values(result.weight)).toEqual([7]);
  });

  it("hands out results of the caller's own when they are an input, a variable or a captured tensor", async () => {
    const weight = tf.variable(tf.tensor([7]));
    const captured = tf.tensor([3]);
    const same = jit(({ x }: { x: tf.Tensor }) => ({ x, weight: weight as tf.Tensor, captured }));
    const x = tf.tensor([1]);
    tf.dispose(await same({ x }));
    const result = await same({ x });
    expect(await Promise.all([result.x, result.weight, result.captured].map(values))).toEqual([[1], [7], [3]]);
    tf.dispose(result);
    expect([x, weight, captured].map((tensor) => tensor.isDisposed)).toEqual([false, false, false]);
  });

  it.each([
    ["ones", () => tf.onesLike(tf.tensor([3, 4]))],
    ["a fill", () => tf.fill([2], 1)],
    ["a reshaped fill", () => tf.fill([1, 2], 1).reshape([2])],
  ])("reads a variable's present value though it began as %s", async (_, start) => {
    const weight = tf.tidy(() => tf.variable(start()));
    const step = jit(({ x }: { x: tf.Tensor }) => ({ product: x.mul(weight), sum: x.add(weight) }));
    await step({ x: tf.tensor([1, 2]) });
    weight.assign(tf.tensor([5, 6]));
    const { product, sum } = await step({ x: tf.tensor([1, 2]) });
    expect(await values(product)).toEqual([5, 12]);
    expect(await values(sum)).toEqual([6, 8]);
  });

  it("reads a scalar variable's present value though it began as zerosLike", async () => {
    const total = tf.tidy(() => tf.variable(tf.zerosLike(tf.scalar(4))));
    const step = jit(({ x }: { x: tf.Tensor }) => {
      total.assign(total.add(x) as tf.Scalar);
      return { total: total.clone() };
    });
    await step({ x: tf.scalar(7) });
    expect(await values((await step({ x: tf.scalar(2) })).total)).toEqual([9]);
  });

  it("keeps a variable apart from variables and snapshots that were computed without changing it", async () => {
    const weight = tf.tidy(() => tf.variable(tf.scalar(1)));
    const twin = tf.tidy(() => tf.variable(weight.cast("float32")));
    const snapshot = tf.tidy(() => weight.mean());
    const step = jit(({ x }: { x: tf.Tensor }) => {
      weight.assign(weight.add(x) as tf.Scalar);
      return { fromTwin: weight.sub(twin), fromSnapshot: weight.sub(snapshot) };
    });
    await step({ x: tf.scalar(5) });
    const { fromTwin, fromSnapshot } = await step({ x: tf.scalar(5) });
    expect([await values(fromTwin), await values(fromSnapshot)]).toEqual([[10], [10]]);
    expect(await values(twin)).toEqual([1]);
  });

  it("swaps variables, takes a variable's value from an input, and one tensor as two inputs", async () => {
    const [a, b] = [tf.variable(tf.tensor([1])), tf.variable(tf.tensor([2]))];
    const step = jit(({ x, y }: { x: tf.Tensor; y: tf.Tensor }) => {
      a.assign(b);
      b.assign(x);
      return { difference: x.sub(y.mul(2)) };
    });
    const x = tf.tensor([4]);
    expect(await values((await step({ x, y: x })).difference)).toEqual([-4]);
    x.dispose();
    expect([await values(a), await values(b)]).toEqual([[2], [4]]);
    expect(await values((await step({ x: tf.tensor([9]), y: tf.tensor([1]) })).difference)).toEqual([7]);
    expect([await values(a), await values(b)]).toEqual([[4], [9]]);
  });

  it("asks for tensors by name when something else is returned", async () => {
    const returning = (value: unknown) => jit(() => value as { y: tf.Tensor })({});
    for (const value of [undefined, tf.scalar(1), { y: 3 }, Promise.resolve({})])
      await expect(returning(value)).rejects.toThrow(/must return tensors by name/);
  });

  it("lets the event loop run between steps", async () => {
    const step = jit(({ x }: { x: tf.Tensor }) => ({ y: x.square() }));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    for (let i = 0; i < 200; i++) tf.dispose(await step({ x: tf.tensor([i]) }));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });
});

describe("tracing on onnx", () => {
  beforeAll(() => useDevice("onnx"));

  it("refuses to read a value while it is traced, and recovers", async () => {
    const broken = jit(({ x }: { x: tf.Tensor }) => ({ y: tf.scalar(x.mul(2).dataSync()[0] ?? 0) }));
    await expect(broken({ x: tf.scalar(1) })).rejects.toThrow(/cannot be read inside a function under jit/);
    expect(tf.scalar(3).mul(2).dataSync()[0]).toBe(6);
  });

  it("names an operation without a kernel and says what to do", async () => {
    const image = tf.zeros([1, 4, 4, 1]);
    const blur = jit(({ x }: { x: tf.Tensor }) => ({ y: tf.avgPool(x as tf.Tensor4D, 2, 2, "valid") }));
    await expect(blur({ x: image })).rejects.toThrow(/AvgPool has no onnx kernel.*outside the traced function/);
    expect(tf.avgPool(image as tf.Tensor4D, 2, 2, "valid").shape).toEqual([1, 2, 2, 1]);
  });

  it("frees its compiled sessions when disposed, and compiles again when called", async () => {
    const { sessions } = tf.backend() as OnnxBackend;
    const before = sessions.size;
    const double = jit(({ x }: { x: tf.Tensor }) => ({ y: x.mul(2).add(0.125) }));
    await double({ x: tf.tensor([1, 2]) });
    await double({ x: tf.tensor([1, 2, 3]) });
    expect(sessions.size).toBe(before + 2);
    double.dispose();
    expect(sessions.size).toBe(before);
    expect(await values((await double({ x: tf.tensor([1]) })).y)).toEqual([2.125]);
  });

  it("refuses to create a variable, and keeps none", async () => {
    const creating = jit(({ x }: { x: tf.Tensor }) => ({ y: tf.variable(x.mul(2)).add(1) }));
    const x = tf.scalar(1);
    const before = tf.memory().numTensors;
    await expect(creating({ x })).rejects.toThrow(/must not create variables/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses to call another traced function inside", async () => {
    const inner = jit(({ x }: { x: tf.Tensor }) => ({ y: x.mul(2) }));
    const outer = jit(({ x }: { x: tf.Tensor }) => inner({ x }) as unknown as { y: tf.Tensor });
    await expect(outer({ x: tf.scalar(1) })).rejects.toThrow(/cannot be called inside a traced function/);
  });

  it("says that a variable or an input has been disposed", async () => {
    const weight = tf.variable(tf.scalar(5));
    const step = jit(({ x }: { x: tf.Tensor }) => ({ y: weight.mul(x) }));
    const x = tf.scalar(1);
    await step({ x });
    weight.dispose();
    await expect(step({ x })).rejects.toThrow(/has been disposed.*under jit/);
  });

  it("leaves variables as they were when the function throws", async () => {
    const weight = tf.variable(tf.scalar(5));
    const failing = jit(({ x }: { x: tf.Tensor }) => {
      weight.assign(weight.add(x) as tf.Scalar);
      throw new Error("stop");
    });
    await expect(failing({ x: tf.scalar(1) })).rejects.toThrow("stop");
    expect(await values(weight)).toEqual([5]);
  });
});
