import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { frozenMatrix, heldBytes } from "../../../lib/engine/frozenMatrix.js";
import { type HalfType, narrowToHalf, widenHalf } from "../../../lib/engine/halfPrecision.js";
import { jit, useDevice } from "../../../lib/engine/index.js";
import { testDevices } from "../devices.js";

const shape = [6, 4];
const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i) * 10 ** ((i % 5) - 3));
const halfTypes = ["float16", "bfloat16"] as const;

/** The same numbers, held in half precision and as float32. */
function pair(type: HalfType): { held: tf.Tensor2D; plain: tf.Tensor2D } {
  const bits = narrowToHalf(values, type);
  return { held: frozenMatrix(bits, shape, type) as tf.Tensor2D, plain: tf.tensor(widenHalf(bits, type), [6, 4]) };
}

/** What is done with weights, and more. */
function use(matrix: tf.Tensor2D, x: tf.Tensor2D): tf.NamedTensorMap {
  const rows = tf.tensor1d([5, 0, 5], "int32");
  const gradient = tf.grad((input) => tf.sum(tf.square(tf.matMul(input as tf.Tensor2D, matrix, false, true))))(x);
  return {
    product: tf.matMul(x, matrix, false, true),
    transposed: tf.matMul(tf.transpose(x), tf.slice(matrix, [0, 0], [3, 4])),
    gathered: tf.gather(matrix, rows),
    columns: tf.gather(matrix, tf.tensor1d([3, 2, 3], "int32"), 1),
    reshaped: tf.gather(tf.reshape(matrix, [12, 2]), rows),
    sum: tf.add(matrix, tf.reshape(matrix, [6, 4])),
    pooled: tf.maxPool(tf.reshape(matrix, [1, 6, 4, 1]) as tf.Tensor4D, 2, 2, "valid"), // has no onnx kernel
    gradient,
  };
}

describe.each(testDevices)("a frozen matrix on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  it.each(halfTypes)("gives the bits that its %s numbers give as float32, in every operation", async (type) => {
    const { held, plain } = pair(type);
    const x = tf.tensor2d([1, -2, 3, 0.1, 7, -1, 0.3, 2, 5, 5, -5, 1e-3], [3, 4]);
    const [ours, theirs] = [use(held, x), use(plain, x)];
    for (const [name, tensor] of Object.entries(ours)) {
      expect(tensor.dtype).toBe("float32");
      expect([name, ...(await tensor.data())]).toEqual([name, ...((await theirs[name]?.data()) ?? [])]);
    }
    expect(held.dataSync()).toEqual(plain.dataSync());
  });

  it("takes part in a traced function, as what it closes over, as an input and as a result", async () => {
    const { held, plain } = pair("float16");
    const step = jit(({ x, y }: { x: tf.Tensor2D; y: tf.Tensor2D }) => ({
      z: tf.matMul(tf.matMul(x, held), y, false, true),
      held,
    }));
    const x = tf.ones([1, 6]) as tf.Tensor2D;
    const expected = tf.matMul(tf.matMul(x, plain), plain, false, true).dataSync();
    for (let call = 0; call < 2; call++) {
      const results = await step({ x, y: held });
      expect(results.z.dataSync()).toEqual(expected);
      expect(results.held.dataSync()).toEqual(plain.dataSync());
    }
    step.dispose();
  });

  it("becomes an ordinary variable when it is trained", async () => {
    const { held, plain } = pair("float16");
    const variable = tf.variable(held);
    const step = jit(({ by }: { by: tf.Scalar }) => {
      variable.assign(tf.add(variable, by));
      return { sum: tf.sum(variable) };
    });
    const by = tf.scalar(0.1);
    await step({ by });
    await step({ by });
    expect(variable.dataSync()).toEqual(tf.add(tf.add(plain, by), by).dataSync());
    expect(held.dataSync()).toEqual(plain.dataSync());
    step.dispose();
  });
});

describe("a frozen matrix", () => {
  it("keeps two bytes an entry on onnx, whatever was done with it", async () => {
    await useDevice("onnx");
    const { held, plain } = pair("bfloat16");
    expect([heldBytes(held), heldBytes(plain)]).toEqual([48, 96]);
    const step = jit(({ x }: { x: tf.Tensor2D }) => ({ product: tf.matMul(x, held, false, true) }));
    await step({ x: tf.ones([3, 4]) });
    for (const tensor of Object.values(use(held, tf.ones([3, 4])))) tensor.dataSync();
    expect(heldBytes(held)).toBe(48);
    held.dispose();
  });

  it("moves to a device that holds float32 only", async () => {
    await useDevice("onnx");
    const { held, plain } = pair("float16");
    const expected = plain.dataSync();
    await useDevice("cpu");
    expect(tf.add(held, 0).dataSync()).toEqual(expected);
  });
});
