/** Predictions of a trained model, in batches of similar lengths. */

import * as tf from "@tensorflow/tfjs";
import { type Jitted, jit, type TensorMap } from "../engine/index.js";
import type { Head } from "../prompt/clozeHead.js";
import type { Weights } from "../prompt/weights.js";
import { type Batch, type EncodedExample, type FrozenStates, groupByLength, type TaskReader } from "./batches.js";
import { classLogits, type TunableModel } from "./tunableModel.js";

/** Computes class logits with the weights' current values. */
export class Predictor {
  readonly #forward: Jitted<Batch, TensorMap>;

  constructor(
    model: TunableModel,
    head: Head,
    weights: Weights,
    readonly reader: TaskReader,
  ) {
    this.#forward = jit((batch: Batch) => ({ logits: classLogits(model, head, weights, batch) }));
  }

  /** Class logits of each of `group`, [group][C]. */
  async #logitsOf(
    examples: readonly EncodedExample[],
    group: readonly number[],
    frozen: FrozenStates | undefined,
  ): Promise<number[][]> {
    const rows = group.flatMap((i) => examples[i] ?? []);
    const batch = this.reader.batch(rows, frozen);
    const { logits } = await this.#forward(batch);
    const scores = (await (logits as tf.Tensor2D).array()) as number[][];
    tf.dispose([batch, logits as tf.Tensor]);
    return scores;
  }

  /** The class with the largest logit for each of `group`. */
  async predictGroup(
    examples: readonly EncodedExample[],
    group: readonly number[],
    frozen?: FrozenStates,
  ): Promise<number[]> {
    return (await this.#logitsOf(examples, group, frozen)).map(largest);
  }

  /** Class logits of all examples, in their order, [examples][C]. */
  async logits(examples: readonly EncodedExample[], frozen?: FrozenStates): Promise<number[][]> {
    const logits = examples.map((): number[] => []);
    for (const group of groupByLength(examples)) {
      const rows = await this.#logitsOf(examples, group, frozen);
      group.forEach((example, i) => {
        logits[example] = rows[i] ?? [];
      });
    }
    return logits;
  }

  /** Predictions of all examples, in their order. */
  async predict(examples: readonly EncodedExample[], frozen?: FrozenStates): Promise<number[]> {
    return (await this.logits(examples, frozen)).map(largest);
  }

  /** Frees the traced forward pass. */
  dispose(): void {
    this.#forward.dispose();
  }
}

function largest(row: readonly number[]): number {
  return row.indexOf(Math.max(...row));
}
