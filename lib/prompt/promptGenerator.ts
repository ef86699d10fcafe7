/** Generators: each makes the l prompt rows of one layer, from the text that enters the layer or from nothing. */

import * as tf from "@tensorflow/tfjs";
import { gelu } from "../engine/nn.js";
import type { Random } from "../random.js";
import { normalTensor, PhmLinear } from "./phmLinear.js";
import { type Weights, weightOf } from "./weights.js";

/** "pooled" is the method's generator; "static" and "naive" are ablations. */
export type GeneratorKind = "pooled" | "static" | "naive";

/** The non-linearity between the two halves of the bottleneck. */
export type Activation = "gelu" | "relu" | "tanh" | "identity";

/** What every generator of a network is built from. */
export interface GeneratorOptions {
  /** Prefix of the weight names, such as `gen.3`. */
  readonly name: string;
  readonly kind: GeneratorKind;
  readonly hiddenSize: number;
  /** l */
  readonly promptLength: number;
  /** m; unused by "static" */
  readonly bottleneckSize: number;
  readonly phmDim: number;
  readonly activation: Activation;
}

/** Makes the prompt rows of one layer. */
export interface PromptGenerator {
  initialWeights(random: Random): Record<string, tf.Tensor>;
  /**
   * @param text     hidden states entering the layer, [B, T, D]
   * @param pooling  averaging matrices, [B, l, T]; see `poolingMatrices`
   * @returns        prompt rows, [B, l, D]
   */
  generate(weights: Weights, text: tf.Tensor3D, pooling: tf.Tensor3D): tf.Tensor3D;
}

/** The generator that `options.kind` names. */
export function createGenerator(options: GeneratorOptions): PromptGenerator {
  if (options.kind === "static") return new StaticGenerator(options);
  if (options.kind === "naive") return new NaiveGenerator(options);
  return new PooledGenerator(options);
}

/**
 * p = W_up · g(Pool_l(W_down · h + b_down)) + b_up, both matrices PHM layers.
 *
 * The average is taken before W_down: both are linear and each bin's weights sum to 1, so the value is the same, and
 * W_down sees l rows instead of T.
 *
 * @source METHOD.md, section 2
 */
class PooledGenerator implements PromptGenerator {
  readonly #down: PhmLinear;
  readonly #up: PhmLinear;

  constructor(readonly options: GeneratorOptions) {
    const { name, hiddenSize, bottleneckSize, phmDim } = options;
    this.#down = new PhmLinear({ name: `${name}.down`, inSize: hiddenSize, outSize: bottleneckSize, phmDim });
    this.#up = new PhmLinear({ name: `${name}.up`, inSize: bottleneckSize, outSize: hiddenSize, phmDim });
  }

  initialWeights(random: Random): Record<string, tf.Tensor> {
    return { ...this.#down.initialWeights(random), ...this.#up.initialWeights(random) };
  }

  generate(weights: Weights, text: tf.Tensor3D, pooling: tf.Tensor3D): tf.Tensor3D {
    const pooled = tf.matMul(pooling, text); // [B, l, T] · [B, T, D] -> [B, l, D]
    const bottleneck = activate(this.options.activation, this.#down.apply(weights, pooled)); // -> [B, l, m]
    return this.#up.apply(weights, bottleneck) as tf.Tensor3D; // -> [B, l, D]
  }
}

/** One free l × D matrix for every example: `<name>.prompt`. */
class StaticGenerator implements PromptGenerator {
  constructor(readonly options: GeneratorOptions) {}

  /** Normal with deviation 0.5, about the size of a hidden state after its LayerNorm; ours. */
  initialWeights(random: Random): Record<string, tf.Tensor> {
    const { name, promptLength, hiddenSize } = this.options;
    return { [`${name}.prompt`]: normalTensor([promptLength, hiddenSize], 0.5, random) };
  }

  generate(weights: Weights, text: tf.Tensor3D): tf.Tensor3D {
    const prompt = weightOf<tf.Tensor2D>(weights, `${this.options.name}.prompt`);
    return prompt.expandDims<tf.Tensor3D>(0).tile([text.shape[0], 1, 1]); // [l, D] -> [B, l, D]
  }
}

/**
 * The first token's state through a bottleneck to all l rows at once.
 *
 * @source Liu et al. 2022, "Late Prompt Tuning" (NPG); ours has PHM layers
 */
class NaiveGenerator implements PromptGenerator {
  readonly #down: PhmLinear;
  readonly #up: PhmLinear;

  constructor(readonly options: GeneratorOptions) {
    const { name, hiddenSize, bottleneckSize, promptLength, phmDim } = options;
    const outSize = promptLength * hiddenSize;
    this.#down = new PhmLinear({ name: `${name}.down`, inSize: hiddenSize, outSize: bottleneckSize, phmDim });
    this.#up = new PhmLinear({ name: `${name}.up`, inSize: bottleneckSize, outSize, phmDim });
  }

  initialWeights(random: Random): Record<string, tf.Tensor> {
    return { ...this.#down.initialWeights(random), ...this.#up.initialWeights(random) };
  }

  generate(weights: Weights, text: tf.Tensor3D): tf.Tensor3D {
    const [B, , D] = text.shape;
    const first = text.slice([0, 0, 0], [B, 1, D]).reshape([B, D]); // [B, T, D] -> [B, D]
    const bottleneck = activate(this.options.activation, this.#down.apply(weights, first)); // -> [B, m]
    return this.#up.apply(weights, bottleneck).reshape([B, this.options.promptLength, D]); // [B, l·D] -> [B, l, D]
  }
}

function activate(activation: Activation, x: tf.Tensor): tf.Tensor {
  if (activation === "relu") return x.relu();
  if (activation === "tanh") return x.tanh();
  if (activation === "identity") return x;
  return gelu(x);
}
