import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { jit, useDevice } from "../../../lib/engine/index.js";
import { createRandom } from "../../../lib/random.js";
import { type Case, cases } from "./kernelCases.js";

/** Values and, where smooth, gradients of the weighted sum of the result. */
function evaluate(test: Case, inputs: tf.Tensor[]): Record<string, tf.Tensor> {
  const value = test.compute(...inputs);
  if (test.isSmooth === false) return { value };
  const weights = tf.cos(tf.range(0, value.size)).reshape(value.shape).add(0.3);
  const gradients = tf.grads((...leaves: tf.Tensor[]) =>
    test
      .compute(...leaves)
      .mul(weights)
      .sum(),
  )(inputs);
  return { value, ...Object.fromEntries(gradients.map((gradient, index) => [`gradient ${index}`, gradient])) };
}

function makeInputs(test: Case): tf.Tensor[] {
  const random = createRandom(7);
  const { from = -2, to = 2 } = test;
  return test.inputs.map((shape) => {
    const values = Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      () => from + (to - from) * random.uniform(),
    );
    return tf.tensor(values, shape);
  });
}

const read = (tensors: Record<string, tf.Tensor>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));

function expectClose(got: Record<string, number[]>, expected: Record<string, number[]>, how: string): void {
  for (const [name, reference] of Object.entries(expected)) {
    const scale = Math.max(1, ...reference.map(Math.abs).filter(Number.isFinite));
    reference.forEach((number, index) => {
      const difference = Object.is(got[name]?.[index], number)
        ? 0
        : Math.abs((got[name]?.[index] ?? Number.NaN) - number);
      if (!(difference <= 1e-5 * scale))
        expect.fail(`${how}: ${name}[${index}] is ${got[name]?.[index]}, cpu has ${number}`);
    });
  }
}

describe("every onnx kernel agrees with tfjs cpu, forward and gradient, within 1e-5", () => {
  const references: Record<string, Record<string, number[]>> = {};
  beforeAll(async () => {
    await useDevice("cpu");
    for (const [name, test] of Object.entries(cases))
      references[name] = tf.tidy(() => read(evaluate(test, makeInputs(test))));
    await useDevice("onnx");
  });
  it.each(Object.entries(cases))("%s, lazy", (name, test) => {
    expectClose(
      tf.tidy(() => read(evaluate(test, makeInputs(test)))),
      references[name] ?? {},
      "lazy",
    );
  });
  it.each(Object.entries(cases))("%s, under jit", async (name, test) => {
    const traced = jit((inputs: Record<string, tf.Tensor>) => evaluate(test, Object.values(inputs)));
    const inputs = Object.fromEntries(makeInputs(test).map((tensor, index) => [`x${index}`, tensor]));
    await traced(inputs);
    expectClose(read(await traced(inputs)), references[name] ?? {}, "jit");
  });
});
