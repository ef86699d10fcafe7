import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Device, jit, useDevice } from "../../../lib/engine/index.js";
import type { OnnxBackend } from "../../../lib/engine/onnx/backend.js";

const values = async (tensor: tf.Tensor): Promise<number[]> => Array.from(await tensor.data());
afterEach(() => tf.disposeVariables());

describe.each(["onnx", "cpu"] as Device[])("a traced function on %s", (device) => {
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

  it("refuses to create a variable", async () => {
    const creating = jit(({ x }: { x: tf.Tensor }) => ({ y: tf.variable(x.mul(2)).add(1) }));
    await expect(creating({ x: tf.scalar(1) })).rejects.toThrow(/must not create variables/);
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
