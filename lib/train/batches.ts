/** From examples to padded batches: encoding once, an endless seeded order, and tensors of few distinct shapes. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { DataError } from "../errors.js";
import type { HeadKind } from "../prompt/clozeHead.js";
import { poolingMatrices } from "../prompt/promptPooling.js";
import type { Random } from "../random.js";
import type { Example, Task } from "../task/task.js";
import { encodeCloze, parseTemplate, type Template } from "../task/template.js";
import type { FrozenPart } from "./tunableModel.js";

/** An example in its template. */
export interface EncodedExample {
  readonly ids: readonly number[];
  /** Index in `ids` of the state that the head reads. */
  readonly readPosition: number;
  readonly label: number;
}

/** What a model's frozen part gives for an example: states of its tokens, [length, D], or a vector, [D]; see `ActivationCache`. */
export interface FrozenStates extends Pick<FrozenPart, "input"> {
  (example: EncodedExample): Float32Array;
}

/** A batch as the model, the head and the loss read it. */
export type Batch = {
  /** [B, T] int32 */
  readonly inputIds: tf.Tensor2D;
  /** [B, T] int32 */
  readonly attentionMask: tf.Tensor2D;
  /** [B, l, T]; see `poolingMatrices` */
  readonly pooling: tf.Tensor3D;
  /** [B, 1, T], 1 at the position whose state the head reads and 0 elsewhere */
  readonly readout: tf.Tensor3D;
  /** One-hot labels, [B, C] */
  readonly targets: tf.Tensor2D;
  /** States that enter the lowest prompt layer, where they are cached, [B, T, D]; 0 at padding */
  readonly text?: tf.Tensor3D;
  /** A vector per example from a frozen pass, where it is cached, [B, D] */
  readonly sentence?: tf.Tensor2D;
};

/**
 * T is a multiple of this up to 128 tokens, and of twice as much with each doubling (or the longest text of the
 * backbone), so that a traced step sees few shapes: 8 up to 128, 16 up to 512; ours.
 */
const LENGTH_STEP = 16;

/** What a reader needs to know of the settings. */
export interface ReaderOptions {
  readonly backbone: Backbone;
  readonly task: Task;
  readonly config: {
    readonly head: HeadKind;
    readonly maxLength: number;
    /** Bins of `pooling`; default 1, for models that read none. */
    readonly promptLength?: number;
  };
}

/** Reads a task's examples for one backbone: through the template into token ids, and into batches. */
export class TaskReader {
  readonly #template: Template;

  /** @throws ConfigError  when the template is malformed */
  constructor(readonly options: ReaderOptions) {
    this.#template = parseTemplate(options.task.template);
  }

  /**
   * Token ids of each example. The cloze head reads the state that predicts the label word; the classifier that of the
   * first token, or of the last where the first sees no other.
   *
   * @throws DataError  when a label is not an index into the task's label words
   */
  encode(examples: readonly Example[]): EncodedExample[] {
    const { task, backbone, config } = this.options;
    return examples.map((example) => {
      if (task.labelWords[example.label] === undefined) {
        throw new DataError(
          `a label of ${task.id} must be 0 to ${task.labelWords.length - 1}, an index into its label words; got ${example.label}. Correct the example.`,
          { example },
        );
      }
      const { tokenizer } = backbone;
      const { clozePosition } = backbone.config;
      const { ids, maskPosition } = encodeCloze(this.#template, tokenizer, example, config.maxLength, clozePosition);
      const isFirst = config.head === "classifier" && clozePosition === "mask";
      return { ids, readPosition: isFirst ? 0 : maskPosition, label: example.label };
    });
  }

  /** Pads examples on the right to one length and makes their tensors; the caller's to dispose. */
  batch(examples: readonly EncodedExample[], frozen?: FrozenStates): Batch {
    const { task, backbone, config } = this.options;
    const { padTokenId, maxLength } = backbone.config;
    const longest = Math.max(...examples.map(({ ids }) => ids.length));
    const step = Math.max(LENGTH_STEP, 2 ** Math.ceil(Math.log2(longest)) / 8);
    const T = Math.min(Math.ceil(longest / step) * step, maxLength);
    const B = examples.length;
    const l = config.promptLength ?? 1;
    const C = task.labelWords.length;
    const D = backbone.config.hiddenSize;
    const inputIds = new Int32Array(B * T).fill(padTokenId);
    const readout = new Float32Array(B * T);
    const targets = new Float32Array(B * C);
    examples.forEach(({ ids, readPosition, label }, b) => {
      inputIds.set(ids, b * T);
      readout[b * T + readPosition] = 1;
      targets[b * C + label] = 1;
    });
    const mask = examples.map(({ ids }) => Array.from({ length: T }, (_, t) => (t < ids.length ? 1 : 0)));
    return {
      inputIds: tf.tensor2d(inputIds, [B, T], "int32"),
      attentionMask: tf.tensor2d(Int32Array.from(mask.flat()), [B, T], "int32"),
      pooling: tf.tensor3d(poolingMatrices(mask, l), [B, l, T]),
      readout: tf.tensor3d(readout, [B, 1, T]),
      targets: tf.tensor2d(targets, [B, C]),
      ...(frozen?.input === "text" && { text: tf.tensor3d(padStates(examples.map(frozen), T * D), [B, T, D]) }),
      ...(frozen?.input === "sentence" && { sentence: tf.tensor2d(padStates(examples.map(frozen), D), [B, D]) }),
    };
  }
}

/** One example after the other, each filled up with zeros to `size` numbers. */
function padStates(states: readonly Float32Array[], size: number): Float32Array {
  const padded = new Float32Array(states.length * size);
  for (const [b, values] of states.entries()) padded.set(values, b * size);
  return padded;
}

/** Examples of a forward pass without gradients; ours. */
const GROUP_SIZE = 32;

/**
 * Groups of example indices to compute together: sorted by length, so that little is padding. The last group is filled
 * up with the last example, so that all have one size.
 */
export function groupByLength(examples: readonly EncodedExample[]): number[][] {
  const length = (index: number): number => examples[index]?.ids.length ?? 0;
  const order = examples.map((_, index) => index).sort((a, b) => length(a) - length(b) || a - b);
  const size = Math.min(GROUP_SIZE, order.length);
  return Array.from({ length: Math.ceil(order.length / Math.max(1, size)) }, (_, group) =>
    Array.from({ length: size }, (_, i) => order[Math.min(group * size + i, order.length - 1)] ?? 0),
  );
}

/** Batches that are sorted together: at most this many, and at most a quarter of an epoch. */
const CHUNK_BATCHES = 50;

/**
 * An endless order over `examples` in batches of similar lengths, so that little is padding: one shuffle per epoch, cut
 * into chunks, each sorted by length and cut into batches, which are shuffled again. Batches have the same size and run
 * across epochs, so that every epoch shows every example once; the rows that share a batch with another epoch's are left
 * in random order. A batch is a function of the step alone, so an exact resume needs no state of it.
 *
 * @source LengthGroupedSampler in Hugging Face transformers (its chunks); shuffling the batches is ours
 */
export class ExampleStream {
  readonly #epochs = new Map<number, readonly EncodedExample[]>();

  constructor(
    readonly examples: readonly EncodedExample[],
    readonly batchSize: number,
    readonly random: Random,
  ) {}

  /** The examples of batch `step`, from 0. */
  batchAt(step: number): EncodedExample[] {
    const size = this.examples.length;
    return Array.from({ length: this.batchSize }, (_, i) => {
      const position = step * this.batchSize + i;
      return this.#epoch(Math.floor(position / size))[position % size] as EncodedExample;
    });
  }

  #epoch(epoch: number): readonly EncodedExample[] {
    const known = this.#epochs.get(epoch);
    if (known !== undefined) return known;
    const order = this.#order(epoch);
    this.#epochs.delete(epoch - 2);
    this.#epochs.set(epoch, order);
    return order;
  }

  #order(epoch: number): EncodedExample[] {
    const size = this.examples.length;
    const B = this.batchSize;
    const random = this.random.fork(`epoch ${epoch}`);
    const shuffled = random.shuffle(this.examples);
    const first = Math.min((B - ((epoch * size) % B)) % B, size); // rows that fill the last epoch's unfinished batch
    const end = first + Math.floor((size - first) / B) * B;
    const chunk = B * Math.max(1, Math.min(Math.floor(size / (4 * B)), CHUNK_BATCHES));
    const batches: EncodedExample[][] = [];
    for (let at = first; at < end; at += chunk) {
      const sorted = shuffled.slice(at, Math.min(at + chunk, end)).sort((a, b) => a.ids.length - b.ids.length);
      for (let row = 0; row < sorted.length; row += B) batches.push(sorted.slice(row, row + B));
    }
    return [...shuffled.slice(0, first), ...random.shuffle(batches).flat(), ...shuffled.slice(end)];
  }
}
