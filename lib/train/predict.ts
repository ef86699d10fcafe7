/** Predictions of a trained model, in batches of similar lengths. */

import * as tf from "@tensorflow/tfjs";
import { type Jitted, jit, type TensorMap } from "../engine/index.js";
import type { Head } from "../prompt/clozeHead.js";
import type { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import type { Weights } from "../prompt/weights.js";
import type { Batch, EncodedExample, TaskReader } from "./batches.js";

/** Examples per forward pass; ours. */
const BATCH_SIZE = 32;

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

  /**
   * Groups of example indices to predict together: sorted by length, so that little is padding. The last group is
   * filled up with the last example, so that all have one size.
   */
  groups(examples: readonly EncodedExample[]): number[][] {
    const order = examples.map((_, i) => i);
    order.sort((a, b) => lengthOf(examples, a) - lengthOf(examples, b) || a - b);
    const size = Math.min(BATCH_SIZE, order.length);
    return Array.from({ length: Math.ceil(order.length / Math.max(1, size)) }, (_, group) =>
      Array.from({ length: size }, (_, i) => order[Math.min(group * size + i, order.length - 1)] ?? 0),
    );
  }

  /** The class with the largest logit for each of `group`. */
  async predictGroup(examples: readonly EncodedExample[], group: readonly number[]): Promise<number[]> {
    const batch = this.reader.batch(group.flatMap((i) => examples[i] ?? []));
    const { logits } = await this.#forward(batch);
    const rows = (await (logits as tf.Tensor2D).array()) as number[][];
    tf.dispose([batch, logits as tf.Tensor]);
    return rows.map((row) => row.indexOf(Math.max(...row)));
  }

  /** Predictions of all examples, in their order. */
  async predict(examples: readonly EncodedExample[]): Promise<number[]> {
    const predictions = Array<number>(examples.length).fill(0);
    for (const group of this.groups(examples)) {
      const classes = await this.predictGroup(examples, group);
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

function lengthOf(examples: readonly EncodedExample[], index: number): number {
  return examples[index]?.ids.length ?? 0;
}
