import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors, type SafetensorsFile } from "../../../lib/backbone/safetensors.js";
import { AdamW, type AdamWConfig, jit, linearSchedule, useDevice } from "../../../lib/engine/index.js";
import { ShapeError } from "../../../lib/errors.js";
import { testDevices } from "../devices.js";

const VARIANTS: Record<string, Partial<AdamWConfig>> = {
  adamw_linear: {},
  adamw_constant: {},
  adamw_nodecay: { weightDecay: 0 },
  adamw_clip1: { clipNorm: 1 },
  hf_adamw_linear: { variant: "transformers" },
};

let golden: SafetensorsFile;
beforeAll(async () => {
  golden = await readSafetensors("test/fixtures/optim/adamw.safetensors");
});
afterEach(() => tf.disposeVariables());

async function row(name: string, index: number, shape: number[]): Promise<tf.Tensor> {
  return tf
    .tensor(await golden.readFloats(name), golden.shape(name) as number[])
    .slice([index], [1])
    .reshape(shape);
}

describe.each(testDevices)("AdamW on %s", (device) => {
  beforeAll(() => useDevice(device));

  it.each(Object.entries(VARIANTS))("follows PyTorch for ten steps of %s within 5e-6", async (variant, config) => {
    const weights = {
      w: tf.variable(tf.tensor(await golden.readFloats("init.w"), [3, 4])),
      b: tf.variable(tf.tensor(await golden.readFloats("init.b"), [4])),
    };
    const optimizer = new AdamW(weights, {
      betas: [0.9, 0.98],
      epsilon: 1e-8,
      weightDecay: 0.1,
      noDecay: (name) => name === "b",
      ...config,
    });
    const step = jit(({ w, b, rate }: Record<string, tf.Tensor>) => ({
      norm: optimizer.apply({ w: w as tf.Tensor, b: b as tf.Tensor }, rate as tf.Scalar),
    }));
    const rates = await golden.readFloats(`${variant}.lr`);
    for (let t = 0; t < 10; t++) {
      const inputs = {
        w: await row("grads.w", t, [3, 4]),
        b: await row("grads.b", t, [4]),
        rate: tf.scalar(rates[t] ?? 0),
      };
      const { norm } = await step(inputs);
      for (const name of ["w", "b"] as const) {
        const shape = weights[name].shape;
        const expected = {
          "": weights[name],
          "m.": optimizer.state()[`m.${name}`],
          "v.": optimizer.state()[`v.${name}`],
        };
        for (const [prefix, got] of Object.entries(expected)) {
          const reference = await row(`${variant}.${prefix}${name}`, t, shape);
          const difference = tf.max(tf.abs(tf.sub(got as tf.Tensor, reference))).dataSync()[0];
          expect(difference, `${prefix}${name} after step ${t}`).toBeLessThan(5e-6);
        }
      }
      if (variant === "adamw_clip1") {
        expect(norm.dataSync()[0]).toBeCloseTo((await golden.readFloats("adamw_clip1.grad_norm"))[t] as number, 4);
      }
    }
  });

  it("refuses a gradient of another shape, saying both", () => {
    const optimizer = new AdamW({ w: tf.variable(tf.zeros([2])) });
    expect(() => optimizer.apply({ w: tf.zeros([3]) }, tf.scalar(1))).toThrow(ShapeError);
    expect(() => optimizer.apply({ w: tf.zeros([3]) }, tf.scalar(1))).toThrow(/\[2\].*\[3\]/);
    expect(() => optimizer.apply({ x: tf.zeros([2]) }, tf.scalar(1))).toThrow(/none of its variables \(w\)/);
  });
});

it("decays the learning rate linearly after a linear warm-up, as transformers does", async () => {
  const { default: schedules } = await import("../../fixtures/optim/linear_schedule.json");
  for (const { warmup, total, multiplier } of Object.values(schedules)) {
    const schedule = linearSchedule({ warmupSteps: warmup, totalSteps: total });
    for (const [step, expected] of multiplier.entries()) expect(schedule(step)).toBeCloseTo(expected, 12);
  }
});
