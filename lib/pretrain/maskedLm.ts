/** The masked language model while it is trained: variables, loss, one optimisation step, held-out figures. */

import * as tf from "@tensorflow/tfjs";
import { type RobertaConfig, robertaModel } from "../backbone/roberta.js";
import { AdamW } from "../engine/adamw.js";
import { type Jitted, jit } from "../engine/jit.js";
import { gelu, layerNorm, linear } from "../engine/nn.js";
import type { WeightValues } from "./initialWeights.js";
import type { MlmBatch } from "./mlmBatch.js";
import { vocabularyCrossEntropy } from "./vocabularyLoss.js";

/** Losses of one step, in nats. */
export interface StepResult {
  /** Mean over the masked positions that are not cloze positions. */
  readonly loss: number;
  /** Mean over cloze positions; NaN when the batch has none. */
  readonly clozeLoss: number;
  /** Global gradient norm before clipping. */
  readonly gradNorm: number;
}

/** What a model gets right on masked positions it was not trained on. */
export interface Evaluation {
  /** Mean cross entropy in nats. */
  readonly loss: number;
  /** Share of positions whose token has the highest logit. */
  readonly accuracy: number;
}

/** Settings of a step. */
export interface TrainerOptions {
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly betas: readonly [number, number];
  /** Factor on the mean cloze loss, beside 1 for the mean masked-token loss. */
  readonly clozeWeight: number;
}

const WORD_EMBEDDINGS = "roberta.embeddings.word_embeddings.weight";

/** A RoBERTa masked language model in training. */
export class MaskedLm {
  readonly weights: Readonly<Record<string, tf.Variable>>;
  readonly optimizer: AdamW;
  private readonly stepFunction: Jitted<Record<string, tf.Tensor>, { losses: tf.Tensor; gradNorm: tf.Tensor }>;
  private readonly evaluateFunction: Jitted<Record<string, tf.Tensor>, { losses: tf.Tensor; isRight: tf.Tensor }>;

  constructor(
    readonly config: RobertaConfig,
    values: WeightValues,
    options: TrainerOptions,
  ) {
    this.weights = Object.fromEntries(
      Object.entries(values).map(([name, { shape, values: data }]) => [name, tf.variable(tf.tensor(data, [...shape]))]),
    );
    this.optimizer = new AdamW(this.weights, {
      betas: options.betas,
      epsilon: 1e-6,
      weightDecay: options.weightDecay,
      clipNorm: options.clipNorm,
      noDecay: (name) => name.endsWith("bias") || /(LayerNorm|layer_norm)\.weight$/.test(name),
    });
    this.stepFunction = jit((inputs) => this.recordStep(inputs));
    this.evaluateFunction = jit((inputs) => this.recordEvaluation(inputs));
    this.clozeWeight = options.clozeWeight;
  }

  private readonly clozeWeight: number;

  /** One forward and backward pass and one AdamW update. */
  async step(batch: MlmBatch, learningRate: number): Promise<StepResult> {
    const N = batch.targets.length;
    const C = batch.clozeCount;
    const lossWeights = Float32Array.from({ length: N }, (_, i) => (i < C ? this.clozeWeight / C : 1 / (N - C)));
    const inputs = {
      ...batchTensors(batch),
      lossWeights: tf.tensor1d(lossWeights),
      learningRate: tf.scalar(learningRate),
    };
    const outputs = await this.stepFunction(inputs);
    const [losses, gradNorm] = await Promise.all([outputs.losses.data(), outputs.gradNorm.data()]);
    tf.dispose([inputs, outputs]);
    return { loss: mean(losses.slice(C)), clozeLoss: mean(losses.slice(0, C)), gradNorm: gradNorm[0] ?? Number.NaN };
  }

  /** Loss and accuracy over the masked positions of all batches. */
  async evaluate(batches: readonly MlmBatch[]): Promise<Evaluation> {
    let loss = 0;
    let right = 0;
    let count = 0;
    for (const batch of batches) {
      const inputs = batchTensors(batch);
      const outputs = await this.evaluateFunction(inputs);
      for (const value of await outputs.losses.data()) loss += value;
      for (const value of await outputs.isRight.data()) right += value;
      count += batch.targets.length;
      tf.dispose([inputs, outputs]);
    }
    return { loss: loss / count, accuracy: right / count };
  }

  /** Current weights, copied. */
  async values(): Promise<WeightValues> {
    return readValues(this.weights);
  }

  /** Frees everything on the device. */
  dispose(): void {
    this.stepFunction.dispose();
    this.evaluateFunction.dispose();
    this.optimizer.dispose();
    tf.dispose(this.weights);
  }

  private weight<T extends tf.Tensor>(name: string): T {
    return this.weights[name] as tf.Tensor as T;
  }

  /** The vocabulary head's input at the masked places: [B, T] ids, [B, T] mask, [N] places -> [N, D]. */
  private maskedFeatures(inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor2D {
    const model = robertaModel(this.config, this.weights);
    const bias = model.attentionBias(inputs.attentionMask as tf.Tensor2D, 0);
    let hidden = model.embed(inputs.inputIds as tf.Tensor2D, inputs.attentionMask as tf.Tensor2D); // [B, T, D]
    for (let layer = 0; layer < this.config.layerCount; layer++) hidden = model.layer(layer, hidden, bias);
    const rows = tf.reshape(hidden, [-1, this.config.hiddenSize]); // [B·T, D]
    const masked = tf.gather(rows, inputs.maskedPlaces as tf.Tensor1D) as tf.Tensor2D; // [N, D]
    const inner = gelu(linear(masked, this.weight("lm_head.dense.weight"), this.weight("lm_head.dense.bias")));
    const [scale, shift] = [this.weight("lm_head.layer_norm.weight"), this.weight("lm_head.layer_norm.bias")];
    return layerNorm(inner, scale, shift, this.config.layerNormEps);
  }

  private maskedLosses(features: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
    return vocabularyCrossEntropy(features, this.weight(WORD_EMBEDDINGS), this.weight("lm_head.bias"), targets);
  }

  private recordStep(inputs: Readonly<Record<string, tf.Tensor>>): { losses: tf.Tensor; gradNorm: tf.Tensor } {
    const names = Object.keys(this.weights);
    const kept: tf.Tensor[] = [];
    const { grads } = tf.variableGrads(() => {
      const losses = this.maskedLosses(this.maskedFeatures(inputs), inputs.targets as tf.Tensor1D); // [N]
      kept.push(tf.keep(losses.clone()));
      return tf.sum(tf.mul(losses, inputs.lossWeights as tf.Tensor1D)) as tf.Scalar;
    }, Object.values(this.weights));
    const gradients: Record<string, tf.Tensor> = {};
    for (const name of names) {
      const gradient = grads[this.weights[name]?.name ?? ""];
      if (gradient) gradients[name] = gradient;
    }
    const gradNorm = this.optimizer.apply(gradients, inputs.learningRate as tf.Scalar);
    return { losses: kept[0] as tf.Tensor, gradNorm };
  }

  private recordEvaluation(inputs: Readonly<Record<string, tf.Tensor>>): { losses: tf.Tensor; isRight: tf.Tensor } {
    const features = this.maskedFeatures(inputs);
    const targets = inputs.targets as tf.Tensor1D;
    const embedding = this.weight<tf.Tensor2D>(WORD_EMBEDDINGS);
    const bias = this.weight<tf.Tensor1D>("lm_head.bias");
    const own = tf.add(tf.sum(tf.mul(features, tf.gather(embedding, targets)), 1), tf.gather(bias, targets)); // [N]
    const best = tf.max(linear(features, embedding, bias), 1); // [N]
    // Two ways of summing the same product may differ in the last bits.
    const isRight = tf.cast(tf.greaterEqual(own, tf.sub(best, 1e-4)), "float32");
    return { losses: this.maskedLosses(features, targets), isRight };
  }
}

/** Values of tensors by name, copied to the host. */
export async function readValues(tensors: Readonly<Record<string, tf.Tensor>>): Promise<WeightValues> {
  const values: Record<string, { shape: readonly number[]; values: Float32Array }> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    values[name] = { shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
  }
  return values;
}

function batchTensors(batch: MlmBatch): Record<string, tf.Tensor> {
  const [B, T] = batch.shape;
  return {
    inputIds: tf.tensor2d(batch.inputIds, [B, T], "int32"),
    attentionMask: tf.tensor2d(batch.attentionMask, [B, T], "int32"),
    maskedPlaces: tf.tensor1d(batch.maskedPlaces, "int32"),
    targets: tf.tensor1d(batch.targets, "int32"),
  };
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}
