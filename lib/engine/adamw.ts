/** AdamW as tfjs operations, with the learning rate as a tensor, so that a traced step serves a whole schedule. */

import * as tf from "@tensorflow/tfjs";
import { ConfigError, ShapeError } from "../errors.js";

/** Settings of the optimiser; PyTorch's defaults where nothing is given. */
export interface AdamWConfig {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Decoupled weight decay, scaled by the learning rate. */
  readonly weightDecay: number;
  /** Upper bound of the gradients' global L2 norm; undefined leaves them as they are. */
  readonly clipNorm?: number;
  /** Names of variables that do not decay. */
  readonly noDecay: (name: string) => boolean;
  /** Where epsilon and decay enter: as in PyTorch, or as in the optimiser of transformers before version 5. */
  readonly variant: "torch" | "transformers";
}

const DEFAULTS: AdamWConfig = {
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0.01,
  noDecay: () => false,
  variant: "torch",
};

/**
 * AdamW over named variables. Its moments and step count are variables too, so `state()` is all that a checkpoint needs.
 *
 * @source Loshchilov & Hutter 2019, decoupled weight decay regularization
 */
export class AdamW {
  readonly config: AdamWConfig;
  private readonly first: Record<string, tf.Variable> = {};
  private readonly second: Record<string, tf.Variable> = {};
  private readonly stepCount: tf.Variable;

  constructor(
    private readonly variables: Readonly<Record<string, tf.Variable>>,
    config: Partial<AdamWConfig> = {},
  ) {
    this.config = { ...DEFAULTS, ...config };
    const [beta1, beta2] = this.config.betas;
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new ConfigError(`AdamW betas must lie in [0, 1); got ${beta1} and ${beta2}.`, { betas: this.config.betas });
    }
    for (const [name, variable] of Object.entries(variables)) {
      this.first[name] = tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
      this.second[name] = tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
    }
    this.stepCount = tf.tidy(() => tf.variable(tf.scalar(0), false));
  }

  /**
   * One update of every variable that `gradients` names.
   *
   * @param gradients     by variable name, each of its variable's shape
   * @param learningRate  scalar
   * @returns             global L2 norm of the gradients before clipping, scalar
   * @throws ShapeError   when a gradient names no variable or has another shape
   */
  apply(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: tf.Scalar): tf.Scalar {
    for (const [name, gradient] of Object.entries(gradients)) this.check(name, gradient);
    return tf.tidy(() => {
      const norm = globalNorm(Object.values(gradients));
      const { clipNorm } = this.config;
      const scale = clipNorm === undefined ? null : tf.minimum(tf.div(clipNorm, norm.add(1e-6)), 1);
      this.stepCount.assign(this.stepCount.add(1));
      for (const [name, gradient] of Object.entries(gradients)) {
        this.update(name, scale ? gradient.mul(scale) : gradient, learningRate);
      }
      return norm;
    });
  }

  /** Moments and step count by name, for a checkpoint; restore by `assign`. */
  state(): Record<string, tf.Variable> {
    const state: Record<string, tf.Variable> = { step: this.stepCount };
    for (const [name, variable] of Object.entries(this.first)) state[`m.${name}`] = variable;
    for (const [name, variable] of Object.entries(this.second)) state[`v.${name}`] = variable;
    return state;
  }

  /** Frees moments and step count; the variables stay. */
  dispose(): void {
    for (const variable of Object.values(this.state())) variable.dispose();
  }

  private update(name: string, gradient: tf.Tensor, learningRate: tf.Scalar): void {
    const { betas, epsilon, weightDecay, noDecay, variant } = this.config;
    const [beta1, beta2] = betas;
    const variable = this.variables[name] as tf.Variable;
    const m = (this.first[name] as tf.Variable).mul(beta1).add(gradient.mul(1 - beta1));
    const v = (this.second[name] as tf.Variable).mul(beta2).add(gradient.square().mul(1 - beta2));
    const correction1 = tf.sub(1, tf.pow(beta1, this.stepCount)); // 1 - beta1^t
    const correction2 = tf.sub(1, tf.pow(beta2, this.stepCount)).sqrt(); // sqrt(1 - beta2^t)
    const decay = tf.sub(1, learningRate.mul(noDecay(name) ? 0 : weightDecay));
    if (variant === "torch") {
      const move = m.div(v.sqrt().div(correction2).add(epsilon)).mul(learningRate.div(correction1));
      variable.assign(variable.mul(decay).sub(move));
    } else {
      const move = m.div(v.sqrt().add(epsilon)).mul(learningRate.mul(correction2).div(correction1));
      variable.assign(variable.sub(move).mul(decay));
    }
    (this.first[name] as tf.Variable).assign(m);
    (this.second[name] as tf.Variable).assign(v);
  }

  private check(name: string, gradient: tf.Tensor): void {
    const expected = this.variables[name]?.shape;
    if (!expected) {
      const names = Object.keys(this.variables).join(", ");
      throw new ShapeError(`AdamW got a gradient for "${name}", which is none of its variables (${names}).`, { name });
    }
    if (String(expected) !== String(gradient.shape)) {
      throw new ShapeError(
        `The gradient of "${name}" must have its variable's shape [${expected}]; got [${gradient.shape}].`,
        { name, expected, got: gradient.shape },
      );
    }
  }
}

/** Square root of the sum of all squared entries, scalar. */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => tf.addN(tensors.map((tensor) => tensor.square().sum())).sqrt() as tf.Scalar);
}
