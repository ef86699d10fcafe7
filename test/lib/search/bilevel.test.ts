import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { SafetensorsFile } from "../../../lib/backbone/safetensors.js";
import { type TensorMap, useDevice } from "../../../lib/engine/index.js";
import { createHead } from "../../../lib/prompt/clozeHead.js";
import { PromptHypernetwork } from "../../../lib/prompt/promptHypernetwork.js";
import type { Variables, Weights } from "../../../lib/prompt/weights.js";
import { alphaGradient, BilevelOptimizer, type BilevelProblem, type Optimizer } from "../../../lib/search/bilevel.js";
import { searchLoss } from "../../../lib/search/searchLoss.js";
import { testDevices } from "../devices.js";
import { goldenTensor, goldenTensors, openGolden, relativeError } from "../golden.js";
import { goldenBatch } from "../goldenBatch.js";
import { noisyWeights, tinyBatch } from "../methods/tinyModels.js";
import { loadTinyBackbone } from "../tinyBackbone.js";

/** The formulas of goldens/darts/spec.json; the toys read no batch. */
function toyProblem(name: string, file: SafetensorsFile): BilevelProblem<TensorMap> {
  const c = goldenTensors(file, "const.");
  const dot = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).asScalar();
  const times = (matrix: tf.Tensor | undefined, vector: tf.Tensor | undefined) =>
    tf.matMul(matrix as tf.Tensor2D, (vector as tf.Tensor).reshape([-1, 1])).flatten();
  if (name === "toy_quadratic") {
    return {
      trainLoss: ({ w }, a) => ({
        loss: dot(w as tf.Tensor, times(c.A, w))
          .mul(0.5)
          .add(dot(w as tf.Tensor, times(c.B, a)))
          .add(dot(c.c as tf.Tensor, w as tf.Tensor))
          .asScalar(),
      }),
      validLoss: ({ w }, a) => {
        const gap = (w as tf.Tensor).sub(c.t as tf.Tensor);
        const bent = dot(a, times(c.Fm, a)).mul(0.5);
        const loss = dot(gap, times(c.Dm, gap))
          .mul(0.5)
          .add(dot(w as tf.Tensor, times(c.E, a)))
          .add(bent);
        return { loss: loss.asScalar() };
      },
    };
  }
  return {
    trainLoss: ({ w }, a) => {
      const weight = w as tf.Tensor;
      const wave = weight.mul(times(c.M, a)).sin().sum();
      const quartic = weight.square().square().sum().mul(0.1);
      const coupled = a.sigmoid().sum().mul(weight.square().sum()).mul(0.3);
      return { loss: wave.add(quartic).add(coupled).asScalar() };
    },
    validLoss: ({ w }, a) => ({ loss: times(c.U, w).add(times(c.V, a)).softplus().sum().asScalar() }),
  };
}

/** p <- p - rate · gradient, what the reference trajectories use. */
function gradientDescent(variables: Variables): Optimizer {
  return {
    apply: (gradients, rate) => {
      for (const [name, gradient] of Object.entries(gradients)) {
        const variable = variables[name] as tf.Variable;
        variable.assign(variable.sub(gradient.mul(rate)));
      }
      return rate;
    },
  };
}

describe.each(testDevices)("on %s", (device) => {
  beforeAll(() => useDevice(device));

  describe("alphaGradient", () => {
    it.each(["toy_quadratic", "toy_nonquadratic"])(
      "matches the reference, first and second order: %s",
      async (name) => {
        const file = await openGolden(`darts/${name}.safetensors`);
        const problem = toyProblem(name, file);
        const weights = goldenTensors(file, "param.w.");
        const alphas = goldenTensor(file, "param.alpha");
        const first = alphaGradient(problem, weights, alphas, {});
        expect(relativeError(first.gradient, goldenTensor(file, "grad_alpha_first_order"))).toBeLessThan(5e-4);
        const xi = goldenTensor(file, "xi").asScalar();
        const second = alphaGradient(problem, weights, alphas, {}, { train: {}, xi });
        expect(relativeError(second.gradient, goldenTensor(file, "grad_alpha_second_order_fd"))).toBeLessThan(2e-3);
        const exact = alphaGradient(problem, weights, alphas, {}, { train: {}, xi, secondOrder: "exact" });
        expect(relativeError(exact.gradient, goldenTensor(file, "grad_alpha_second_order_exact"))).toBeLessThan(5e-4);
      },
    );

    it.each([
      ["spt_plain", { isReparameterised: false, isConsistent: false, consistencyWeight: 0 }],
      ["spt_full", { isReparameterised: true, isConsistent: true, consistencyWeight: 1.5 }],
    ])("matches the reference on the hyper-network, first and second order: %s", async (name, lossOptions) => {
      const file = await openGolden(`darts/${name}.safetensors`);
      const backbone = await loadTinyBackbone();
      const network = new PromptHypernetwork(backbone, {
        layers: [0, 1, 2, 3],
        generator: "pooled",
        tau: 0.7,
        promptLength: 5,
        bottleneckSize: 8,
        phmDim: 4,
        activation: "gelu",
      });
      const head = createHead("cloze", backbone, [17, 42]);
      const gateMask = goldenTensor<tf.Tensor1D>(file, "gate_mask");
      const batch = (prefix: string) => goldenBatch(file, { prefix, promptLength: 5, gateMask });
      const loss = (weights: Weights, alphas: tf.Tensor, inputs: ReturnType<typeof batch>) =>
        searchLoss(network, head, lossOptions, weights, alphas, inputs);
      const problem = { trainLoss: loss, validLoss: loss };
      const weights = goldenTensors(file, "param.w.");
      const alphas = goldenTensor(file, "param.alpha");
      const [train, valid] = [batch("train."), batch("val.")];
      const first = alphaGradient(problem, weights, alphas, valid);
      expect(relativeError(first.gradient, goldenTensor(file, "grad_alpha_first_order"))).toBeLessThan(5e-4);
      const xi = goldenTensor(file, "xi").asScalar();
      const second = alphaGradient(problem, weights, alphas, valid, { train, xi });
      expect(relativeError(second.gradient, goldenTensor(file, "grad_alpha_second_order_fd"))).toBeLessThan(2e-3);
      const exact = alphaGradient(problem, weights, alphas, valid, { train, xi, secondOrder: "exact" });
      expect(relativeError(exact.gradient, goldenTensor(file, "grad_alpha_second_order_exact"))).toBeLessThan(5e-4);
    });
  });

  describe("BilevelOptimizer", () => {
    it.each([
      ["quadratic", 1, "first"],
      ["nonquadratic", 1, "first"],
      ["quadratic", 2, "fd"],
      ["nonquadratic", 2, "fd"],
      ["quadratic", 2, "exact"],
      ["nonquadratic", 2, "exact"],
    ] as const)("follows the reference trajectory of the %s toy, order %i, %s", async (toy, order, mode) => {
      const file = await openGolden(`darts/toy_${toy}.safetensors`);
      const trajectory = await openGolden("darts/toy_trajectories.safetensors");
      const alphas = tf.variable(goldenTensor(file, "param.alpha"));
      const weights = { w: tf.variable(goldenTensor(file, "param.w.w")) };
      const xi = goldenTensor(file, "xi").dataSync()[0] ?? Number.NaN;
      const optimizer = new BilevelOptimizer({
        problem: toyProblem(`toy_${toy}`, file),
        weights,
        alphas,
        weightsOptimizer: gradientDescent(weights),
        alphasOptimizer: gradientDescent({ alphas }),
        order,
        ...(mode === "exact" && { secondOrder: mode }),
      });
      for (let round = 0; round < 5; round++) {
        tf.dispose(await optimizer.stepAlphas({}, {}, 0.2, xi));
        tf.dispose(await optimizer.stepWeights({}, xi));
        const row = (name: string) =>
          goldenTensor(trajectory, `${toy}.${mode}.${name}`)
            .slice([round + 1, 0], [1, -1])
            .flatten();
        expect(relativeError(alphas, row("alpha"))).toBeLessThan(mode === "fd" ? 2e-3 : 1e-4);
        expect(relativeError(weights.w, row("w"))).toBeLessThan(mode === "fd" ? 2e-3 : 1e-4);
      }
    });
  });
});

describe("the exact second order", () => {
  beforeAll(() => useDevice("cpu"));

  it.each([
    ["deberta-tiny-b", "max-pooled", "classifier"],
    ["gpt2-tiny", "naive", "cloze"],
    ["bert-tiny", "static", "classifier"],
  ] as const)(
    "the exact second order is the limit of finite differences: %s, %s, %s",
    async (model, generator, kind) => {
      const backbone = await loadTinyBackbone(undefined, model);
      const L = backbone.config.layerCount;
      const network = new PromptHypernetwork(backbone, {
        layers: [...Array(L).keys()],
        generator,
        tau: 0.7,
        promptLength: 5,
        bottleneckSize: 8,
        phmDim: 4,
        activation: "tanh",
      });
      const head = createHead(kind, backbone, [17, 42]);
      const batch = { ...tinyBatch(backbone, 5), gateMask: tf.ones([L]) as tf.Tensor1D };
      const loss = (weights: Weights, alphas: tf.Tensor) =>
        searchLoss(
          network,
          head,
          { isReparameterised: true, isConsistent: false, consistencyWeight: 0 },
          weights,
          alphas,
          batch,
        );
      const problem = { trainLoss: loss, validLoss: loss };
      const weights = noisyWeights(network, head);
      const alphas = tf.linspace(-0.5, 0.5, L);
      const xi = tf.scalar(0.05);
      const gradientBy = (secondOrder: "exact" | "finite-difference") =>
        alphaGradient(problem, weights, alphas, {}, { train: {}, xi, secondOrder }).gradient;
      const direct = alphaGradient(problem, weights, alphas, {}, { train: {}, xi: tf.scalar(0) }).gradient;
      const exact = gradientBy("exact");
      expect(relativeError(exact, gradientBy("finite-difference"))).toBeLessThan(2e-2);
      expect(relativeError(exact, direct)).toBeGreaterThan(2e-2); // the second order is not lost in that bound
    },
  );
});
