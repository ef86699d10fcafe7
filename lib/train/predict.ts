/** Predictions of a trained model, in batches of similar lengths. */

import * as tf from "@tensorflow/tfjs";
import { type Jitted, jit, type TensorMap } from "../engine/index.js";
import type { Head } from "../prompt/clozeHead.js";
import type { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import type { Weights } from "../prompt/weights.js";
import { type Batch, type EncodedExample, groupByLength, type LowerStates, type TaskReader } from "./batches.js";

/** Computes class logits with the weights' current values. */
export class Predictor {
  readonly #forward: Jitted<Batch, TensorMap>;

  constructor(
    network: PromptHypernetwork,
    head: Head,
    weights: Weights,
    readonly reader: TaskReader,
  ) {
    this.#forward = jit((batch: Batch) => ({
      logits: head.logits(weights, network.forward(weights, batch)),
    }));
  }

  /** The class with the largest logit for each of `group`. */
  async predictGroup(
    examples: readonly EncodedExample[],
    group: readonly number[],
    lowerStates?: LowerStates,
  ): Promise<number[]> {
    const rows = group.flatMap((i) => examples[i] ?? []);
    const batch = this.reader.batch(rows, lowerStates);
    const { logits } = await this.#forward(batch);
    const scores = (await (logits as tf.Tensor2D).array()) as number[][];
    tf.dispose([batch, logits as tf.Tensor]);
    return scores.map((row) => row.indexOf(Math.max(...row)));
  }

  /** Predictions of all examples, in their order. */
  async predict(examples: readonly EncodedExample[], lowerStates?: LowerStates): Promise<number[]> {
    const predictions = Array<number>(examples.length).fill(0);
    for (const group of groupByLength(examples)) {
      const classes = await this.predictGroup(examples, group, lowerStates);
      group.forEach((example, i) => {
        predictions[example] = classes[i] ?? 0;
      });
    }
    return predictions;
  }

  /** Frees the traced forward pass. */
  dispose(): void {
    this.#forward.dispose();
  }
}
