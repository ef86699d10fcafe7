/** Derivatives along a direction against central differences, rule by rule, and through gradients. */

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { directionalDerivative, jit, useDevice } from "../../../lib/engine/index.js";
import { attention, gelu, geluTanh, layerNorm } from "../../../lib/engine/nn.js";
import { ConfigError } from "../../../lib/errors.js";
import { createRandom } from "../../../lib/random.js";
import { testDevices } from "../devices.js";

type Point = { readonly x: tf.Tensor };
const SHAPE: [number, number] = [3, 4];

function draw(seed: number, shape: readonly number[] = SHAPE): tf.Tensor {
  const random = createRandom(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
  );
}

/** Functions of x, [3, 4]; each leans on the rules that its name says. */
const FUNCTIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  "sums, differences and products": (x) =>
    x
      .add(draw(2))
      .mul(x)
      .sub(x.mean(1, true))
      .add(draw(3, [4])),
  "matrix products": (x) => {
    const square = tf.matMul(x as tf.Tensor2D, draw(4) as tf.Tensor2D, false, true); // [3, 4] · [4, 3] -> [3, 3]
    return tf.matMul(x as tf.Tensor2D, square, true, true); // -> [4, 3]
  },
  "moving entries": (x) =>
    tf
      .stack([
        tf.concat([x, x.square()], 0).slice([1, 0], [3, 4]),
        tf.tile(x.slice([0, 1], [1, 4 - 1]), [3, 1]).pad([
          [0, 0],
          [1, 0],
        ]),
      ])
      .transpose([0, 2, 1])
      .expandDims(0),
  parts: (x) =>
    tf.addN([...tf.unstack(x.square(), 0), ...tf.split(x, 2, 1).map((part) => part.flatten().slice([1], [4]))]),
  "rows by number": (x) => tf.gather(x.square(), tf.tensor1d([2, 0, 2, 1], "int32")),
  "exp, log, sqrt, rsqrt": (x) => {
    const positive = x.square().add(1);
    return x.exp().add(positive.log()).add(positive.sqrt()).add(tf.rsqrt(positive));
  },
  "tanh, sigmoid, erf, sin, cos": (x) => x.tanh().add(x.sigmoid()).add(tf.erf(x)).add(x.sin()).mul(x.cos()),
  "relu and the greatest": (x) => x.relu().sum().add(x.square().max(1)).add(x.max(0, true).sum()),
  "quotients and powers": (x) => {
    const positive = x.square().add(1);
    return tf.div(x, positive).add(tf.div(1, positive)).add(tf.pow(positive, 1.5)).add(tf.pow(positive, x));
  },
  "softmax and its logarithm": (x) => tf.softmax(x).add(tf.logSoftmax(x)),
  choices: (x) => tf.where(draw(5).greater(0), x.square(), x.mul(3)),
  "gelu, both": (x) => gelu(x).add(geluTanh(x)),
  "layer normalisation": (x) =>
    layerNorm(x, x.slice([0, 0], [1, 4]).flatten(), x.slice([1, 0], [1, 4]).flatten(), 1e-5),
  attention: (x) =>
    attention(x as tf.Tensor2D, x.square() as tf.Tensor2D, x.sin() as tf.Tensor2D, tf.zeros([1, 1, 1, 3]), 1, 2),
};

/** max |a - b|, in units of the largest of b where that exceeds 1. */
function difference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => {
    const largest = Math.max(1, b.abs().max().dataSync()[0] ?? Number.NaN);
    return (a.sub(b).abs().max().dataSync()[0] ?? Number.NaN) / largest;
  });
}

describe.each(testDevices)("on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  describe.each(Object.keys(FUNCTIONS))("%s", (name) => {
    const f = FUNCTIONS[name] ?? tf.zerosLike;
    const centrally = (compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor => {
      const [x, v] = [draw(7), draw(8)];
      const step = v.mul(2e-3);
      return compute(x.add(step))
        .sub(compute(x.sub(step)))
        .div(4e-3);
    };
    const exactly = (compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor =>
      directionalDerivative(({ x }: Point) => compute(x), { x: draw(7) }, { x: draw(8) });

    it("changes as central differences say", () => {
      expect(difference(exactly(f), centrally(f))).toBeLessThan(2e-3); // their rounding, 1e-7 / 2e-3, and truncation
    });

    it("has a gradient that changes as central differences say, with copies that tfjs keeps for it", () => {
      const upstream = draw(9, f(draw(7)).shape);
      const gradient = tf.grad((x: tf.Tensor) => f(x).mul(upstream).sum());
      expect(difference(exactly(gradient), centrally(gradient))).toBeLessThan(4e-3);
    });
  });

  it("is traced, and leaves no tensor behind", async () => {
    const [x, v] = [draw(1), draw(2)];
    const gradient = tf.grad((x: tf.Tensor) =>
      layerNorm(x, tf.ones([4]), tf.zeros([4]), 1e-5)
        .softmax()
        .square()
        .sum(),
    );
    const step = jit(({ x, v }: { x: tf.Tensor; v: tf.Tensor }) => ({
      change: directionalDerivative(({ x }: Point) => gradient(x), { x }, { x: v }),
    }));
    const eager = directionalDerivative(({ x }: Point) => gradient(x), { x }, { x: v });
    tf.dispose(await step({ x, v }));
    const before = tf.memory().numTensors;
    const { change } = await step({ x, v });
    expect(difference(change as tf.Tensor, eager)).toBeLessThan(1e-6);
    tf.dispose(change);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(directionalDerivative(({ x }: Point) => gradient(x), { x }, { x: v }));
    expect(tf.memory().numTensors).toBe(before);
    step.dispose();
  });

  it("is zero where nothing depends on the point, and follows no kernel afterwards", () => {
    const x = tf.scalar(2);
    const change = directionalDerivative(() => tf.scalar(3).square(), { x }, { x: tf.scalar(1) });
    expect(change.dataSync()[0]).toBe(0);
    expect(tf.cumsum(x.reshape([1])).dataSync()[0]).toBe(2); // no rule, and none needed
  });

  it("says which kernel has no rule", () => {
    const x = tf.tensor1d([1, 2]);
    const run = () => directionalDerivative(({ x }: Point) => tf.cumsum(x), { x }, { x });
    expect(run).toThrow(ConfigError);
    expect(run).toThrow(/none for Cumsum. Use finite differences/);
    expect(tf.cumsum(x).dataSync()[1]).toBe(3);
  });
});
