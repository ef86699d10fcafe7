/** Generators: each makes the l prompt rows of one layer, from the text that enters the layer or from nothing. */

import * as tf from "@tensorflow/tfjs";
import { gelu } from "../engine/nn.js";
import type { Random } from "../random.js";
import type { ParameterFormula } from "../train/tunableModel.js";
import { normalTensor, PhmLinear, phmParameters } from "./phmLinear.js";
import { type Weights, weightOf } from "./weights.js";

/** "pooled" is the method's generator; "max-pooled" takes the greatest of each bin; "static" and "naive" are ablations. */
export type GeneratorKind = "pooled" | "max-pooled" | "static" | "naive";

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
  if (options.kind === "max-pooled") return new MaxPooledGenerator(options);
  return new PooledGenerator(options);
}

/** How many numbers a generator trains, in words: those of its two PHM layers, or of a free prompt. */
export function generatorParameters(options: Omit<GeneratorOptions, "name" | "activation">): ParameterFormula {
  const { kind, hiddenSize: D, promptLength: l, bottleneckSize: m, phmDim: n } = options;
  if (kind === "static") return { text: `l·D = ${l}·${D}`, count: l * D };
  const [down, up] = [phmParameters(D, m, n), phmParameters(m, kind === "naive" ? l * D : D, n)];
  return { text: `down ${down.text} + up ${up.text}`, count: down.count + up.count };
}

/** Two PHM layers with a non-linearity between them: what all generators that read the text are made of. */
abstract class Bottleneck implements PromptGenerator {
  protected readonly down: PhmLinear;
  readonly #up: PhmLinear;

  constructor(
    readonly options: GeneratorOptions,
    outSize: number,
  ) {
    const { name, hiddenSize, bottleneckSize, phmDim } = options;
    this.down = new PhmLinear({ name: `${name}.down`, inSize: hiddenSize, outSize: bottleneckSize, phmDim });
    this.#up = new PhmLinear({ name: `${name}.up`, inSize: bottleneckSize, outSize, phmDim });
  }

  initialWeights(random: Random): Record<string, tf.Tensor> {
    return { ...this.down.initialWeights(random), ...this.#up.initialWeights(random) };
  }

  abstract generate(weights: Weights, text: tf.Tensor3D, pooling: tf.Tensor3D): tf.Tensor3D;

  /** [..., m] -> [..., out] */
  protected raise(weights: Weights, lowered: tf.Tensor): tf.Tensor {
    return this.#up.apply(weights, activate(this.options.activation, lowered));
  }
}

/**
 * p = W_up · g(Pool_l(W_down · h + b_down)) + b_up, both matrices PHM layers.
 *
 * The average is taken before W_down: both are linear and each bin's weights sum to 1, so the value is the same, and
 * W_down sees l rows instead of T.
 *
 * @source METHOD.md, section 2
 */
class PooledGenerator extends Bottleneck {
  constructor(options: GeneratorOptions) {
    super(options, options.hiddenSize);
  }

  generate(weights: Weights, text: tf.Tensor3D, pooling: tf.Tensor3D): tf.Tensor3D {
    const pooled = tf.matMul(pooling, text); // [B, l, T] · [B, T, D] -> [B, l, D]
    return this.raise(weights, this.down.apply(weights, pooled)) as tf.Tensor3D; // -> [B, l, D]
  }
}

/**
 * The same with the greatest of each bin's rows in place of their mean, taken behind W_down, where the maximum belongs.
 *
 * @source Liu et al. 2022, "Late Prompt Tuning" (MPPG)
 */
class MaxPooledGenerator extends Bottleneck {
  constructor(options: GeneratorOptions) {
    super(options, options.hiddenSize);
  }

  generate(weights: Weights, text: tf.Tensor3D, pooling: tf.Tensor3D): tf.Tensor3D {
    const lowered = tf.expandDims(this.down.apply(weights, text), 1); // [B, T, D] -> [B, 1, T, m]
    const isOutside = tf.expandDims(tf.cast(tf.equal(pooling, 0), "float32"), 3); // [B, l, T, 1]
    const pooled = tf.max(tf.sub(lowered, tf.mul(isOutside, OUTSIDE)), 2); // -> [B, l, m]
    return this.raise(weights, pooled) as tf.Tensor3D; // -> [B, l, D]
  }
}

/** Taken from what lies outside a bin: far more than any state, and small enough to keep its sum finite. */
const OUTSIDE = 1e30;

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
class NaiveGenerator extends Bottleneck {
  constructor(options: GeneratorOptions) {
    super(options, options.promptLength * options.hiddenSize);
  }

  generate(weights: Weights, text: tf.Tensor3D): tf.Tensor3D {
    const [B, , D] = text.shape;
    const first = text.slice([0, 0, 0], [B, 1, D]).reshape([B, D]); // [B, T, D] -> [B, D]
    const rows = this.raise(weights, this.down.apply(weights, first)); // [B, D] -> [B, m] -> [B, l·D]
    return rows.reshape([B, this.options.promptLength, D]);
  }
}

/** Applies the non-linearity. */
export function activate(activation: Activation, x: tf.Tensor): tf.Tensor {
  if (activation === "relu") return x.relu();
  if (activation === "tanh") return x.tanh();
  if (activation === "identity") return x;
  return gelu(x);
}
