/** Bi-level optimisation: gate logits on one half of the data, weights on the other, one step each in turn. */

import * as tf from "@tensorflow/tfjs";
import { directionalDerivative, type Jitted, jit, type TensorMap } from "../engine/index.js";
import { prefixed, type Variables, type Weights } from "../prompt/weights.js";
import { type Losses, valueAndGradients } from "../train/gradients.js";

/** Losses of the two levels as functions of the weights, the architecture and a batch. */
export interface BilevelProblem<I extends TensorMap> {
  /** L on D_omega, which the weights minimise. */
  trainLoss(weights: Weights, alphas: tf.Tensor, inputs: I): Losses;
  /** L on D_alpha, which the gate logits minimise. */
  validLoss(weights: Weights, alphas: tf.Tensor, inputs: I): Losses;
}

/** Updates variables from gradients of the same names, in tfjs operations. */
export interface Optimizer {
  apply(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: tf.Scalar): tf.Tensor;
}

/** What a `BilevelOptimizer` is made of. */
export interface BilevelOptions<I extends TensorMap> {
  readonly problem: BilevelProblem<I>;
  readonly weights: Variables;
  readonly alphas: tf.Variable;
  readonly weightsOptimizer: Optimizer;
  /** Knows the gate logits by the name `alphas`. */
  readonly alphasOptimizer: Optimizer;
  /** 1 takes the weights as they are for their optimum; 2 differentiates through one unrolled gradient step. */
  readonly order: 1 | 2;
  /** How order 2 finds its Hessian-vector product; default "finite-difference". */
  readonly secondOrder?: SecondOrder | undefined;
}

/** "finite-difference" takes two further gradients a small step apart; "exact" takes the derivative of one. */
export type SecondOrder = "finite-difference" | "exact";

/** Inputs of an alpha step: a batch of D_alpha under `valid.`, and for order 2 one of D_omega under `train.`. */
type StepInputs = Record<string, tf.Tensor>;

/**
 * Alternates one step on the gate logits and one on the weights; both are traced by `jit`.
 *
 * @source Liu, Simonyan & Yang 2019 (DARTS), algorithm 1: the architecture first
 */
export class BilevelOptimizer<I extends TensorMap> {
  readonly #alphaStep: Jitted<StepInputs, TensorMap>;
  readonly #weightStep: Jitted<StepInputs, TensorMap>;

  constructor(readonly options: BilevelOptions<I>) {
    const { problem, weights, alphas, weightsOptimizer, alphasOptimizer, order, secondOrder } = options;
    this.#alphaStep = jit(({ learningRate, innerLearningRate, ...batches }: StepInputs) => {
      const valid = named<I>(batches, "valid.");
      const xi = innerLearningRate as tf.Scalar;
      const unroll = order === 2 ? { train: named<I>(batches, "train."), xi, secondOrder } : undefined;
      const { losses, gradient } = alphaGradient(problem, weights, alphas, valid, unroll);
      alphasOptimizer.apply({ alphas: gradient }, learningRate as tf.Scalar);
      return { ...losses, gates: alphas.sigmoid() };
    });
    this.#weightStep = jit(({ learningRate, ...inputs }: StepInputs) => {
      const { losses, gradients } = valueAndGradients(
        (current) => problem.trainLoss(current, alphas, inputs as unknown as I),
        weights,
      );
      weightsOptimizer.apply(gradients, learningRate as tf.Scalar);
      return { ...losses };
    });
  }

  /**
   * One step on the gate logits.
   *
   * @param valid  batch of D_alpha
   * @param train  batch of D_omega, read for order 2 only
   * @param innerLearningRate  xi, length of the unrolled step; for order 2 only
   * @returns      the losses of `problem.validLoss` before the step, and the gates after it, [L]; the caller's to dispose
   */
  async stepAlphas(valid: I, train: I, learningRate: number, innerLearningRate: number): Promise<TensorMap> {
    const rates = { learningRate: tf.scalar(learningRate), innerLearningRate: tf.scalar(innerLearningRate) };
    const batches = { ...prefixed("valid.", valid), ...(this.options.order === 2 ? prefixed("train.", train) : {}) };
    const outputs = await this.#alphaStep({ ...batches, ...rates });
    tf.dispose(rates);
    return outputs;
  }

  /** One step on the weights; returns the losses of `problem.trainLoss` before it, the caller's to dispose. */
  async stepWeights(train: I, learningRate: number): Promise<TensorMap> {
    const rate = tf.scalar(learningRate);
    const outputs = await this.#weightStep({ ...train, learningRate: rate });
    rate.dispose();
    return outputs;
  }

  /** Frees the traced steps; variables and optimisers stay the caller's. */
  dispose(): void {
    this.#alphaStep.dispose();
    this.#weightStep.dispose();
  }
}

/**
 * Gradient of the validation loss with respect to the gate logits.
 *
 * Without `unroll` (first order) it is grad_alpha L_val(w, alpha). With it (second order) it is
 * grad_alpha L_val(w', alpha) - xi · H v, where w' = w - xi · grad_w L_train(w, alpha), v = grad_w' L_val(w', alpha) and
 * H v = (grad_alpha L_train(w + eps·v, alpha) - grad_alpha L_train(w - eps·v, alpha)) / (2 eps), eps = 0.01 / ‖v‖, or its
 * limit for small eps, with `secondOrder: "exact"`.
 *
 * @source Liu, Simonyan & Yang 2019 (DARTS), equations 6 to 8
 */
export function alphaGradient<I extends TensorMap>(
  problem: BilevelProblem<I>,
  weights: Weights,
  alphas: tf.Tensor,
  valid: I,
  unroll?: { readonly train: I; readonly xi: tf.Scalar; readonly secondOrder?: SecondOrder | undefined },
): { readonly losses: Losses; readonly gradient: tf.Tensor } {
  if (unroll === undefined) {
    const { losses, gradients } = valueAndGradients((w) => problem.validLoss(weights, alphaOf(w), valid), { alphas });
    return { losses, gradient: alphaOf(gradients) };
  }
  const { train, xi, secondOrder } = unroll;
  const descent = valueAndGradients((w) => problem.trainLoss(w, alphas, train), weights).gradients;
  const unrolled = combine(weights, descent, xi.neg());
  const { losses, gradients } = valueAndGradients(
    ({ alphas: architecture, ...w }) => problem.validLoss(w, architecture as tf.Tensor, valid),
    { ...unrolled, alphas },
  );
  const { alphas: direct, ...v } = gradients;
  const alphaGradientAt = (w: Weights): tf.Tensor =>
    alphaOf(valueAndGradients((a) => problem.trainLoss(w, alphaOf(a), train), { alphas }).gradients);
  const hessianVector =
    secondOrder === "exact"
      ? directionalDerivative(alphaGradientAt, weights, v)
      : centralDifference(alphaGradientAt, weights, v);
  return { losses, gradient: (direct as tf.Tensor).sub(hessianVector.mul(xi)) };
}

/** (f(w + eps·v) - f(w - eps·v)) / (2 eps), eps = 0.01 / ‖v‖ over all of v. */
function centralDifference(compute: (weights: Weights) => tf.Tensor, weights: Weights, v: Weights): tf.Tensor {
  const squares = Object.values(v).map((tensor) => tensor.square().sum());
  const eps = tf.div<tf.Scalar>(0.01, tf.addN(squares).sqrt());
  const difference = compute(combine(weights, v, eps)).sub(compute(combine(weights, v, eps.neg())));
  return difference.div(eps.mul(2));
}

function alphaOf(tensors: Weights): tf.Tensor {
  return tensors.alphas as tf.Tensor;
}

/** weights + factor · direction, name by name. */
function combine(weights: Weights, direction: Weights, factor: tf.Scalar): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, weight.add((direction[name] as tf.Tensor).mul(factor))]),
  );
}

function named<I extends TensorMap>(tensors: TensorMap, prefix: string): I {
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor])) as unknown as I;
}
