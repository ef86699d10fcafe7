/** Activation cache: what a model computes from frozen weights alone, once per example instead of at every step. */

import { createHash } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { jit } from "../engine/index.js";
import { DataError } from "../errors.js";
import type { OnProgress } from "../progress.js";
import { type EncodedExample, type FrozenStates, groupByLength, type TaskReader } from "./batches.js";
import type { FrozenPart, TunableModel } from "./tunableModel.js";

/** Where a cache keeps its states. */
export interface ActivationCacheOptions {
  /** Bytes of memory; what is more goes to a file. */
  readonly memoryBytes: number;
  /** Folder that is made for this file, when there is need of one; default: the system's folder for temporary files. */
  readonly directory?: string;
}

/** What the states of some examples are computed with, and how that is watched. */
export interface FillOptions {
  readonly model: Pick<TunableModel, "backbone" | "frozenPart">;
  readonly reader: TaskReader;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
  /** Receives reports of the stage "activations", one step per batch. */
  readonly onProgress?: OnProgress;
}

/** What a frozen part is computed from. */
type FrozenInputs = Readonly<Record<"inputIds" | "attentionMask", tf.Tensor2D> & Record<"readout", tf.Tensor3D>>;

/** The states of one example: in memory, or at a position of the file. */
type Place = Float32Array | { readonly position: number; readonly length: number };

/**
 * Keeps the states of whole lists of examples. They are known by the backbone's hash, the device, the layer that they
 * enter (or what else they are) and every token id, so that another template, another length or other data never get them, and a later stage
 * on the same examples does. Batches are grouped by length from the list alone, so the same list has the same states to
 * the last bit; they differ from those of an uncached step by rounding (its batches are others).
 *
 * @source the idea of computing frozen layers once: METHOD.md, section 3 (nothing below the lowest prompt changes)
 */
export class ActivationCache {
  readonly #lists = new Map<string, readonly Place[]>();
  readonly #used = { memory: 0, file: 0 };
  #file: { readonly folder: string; readonly descriptor: number } | undefined;

  constructor(readonly options: ActivationCacheOptions) {}

  /** Bytes that are held, in memory and in the file. */
  get bytes(): { readonly memory: number; readonly file: number } {
    return { ...this.#used };
  }

  /**
   * The states of `examples`, computed unless they are known.
   *
   * @returns  undefined when the model has no frozen part, or after an abort
   * @throws DataError  when the file cannot be written
   */
  async fill(examples: readonly EncodedExample[], options: FillOptions): Promise<FrozenStates | undefined> {
    const { backbone, frozenPart } = options.model;
    if (frozenPart === undefined) return undefined;
    const hash = createHash("sha256").update(JSON.stringify([backbone.hash, tf.getBackend(), frozenPart.key]));
    for (const { ids } of examples) hash.update(JSON.stringify(ids));
    const key = hash.digest("hex");
    const places = this.#lists.get(key) ?? (await this.#compute(examples, frozenPart, options));
    if (places === undefined) return undefined;
    this.#lists.set(key, places);
    const indices = new Map(examples.map((example, index) => [example, index]));
    const read = (example: EncodedExample) => this.#read(places[indices.get(example) ?? -1]);
    return Object.assign(read, { input: frozenPart.input });
  }

  /** Frees the memory and removes the file. */
  dispose(): void {
    this.#lists.clear();
    this.#used.memory = 0;
    this.#used.file = 0;
    if (this.#file === undefined) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.folder, { recursive: true, force: true });
    this.#file = undefined;
  }

  async #compute(
    examples: readonly EncodedExample[],
    frozenPart: FrozenPart,
    { reader, signal, onProgress }: FillOptions,
  ): Promise<Place[] | undefined> {
    const groups = groupByLength(examples);
    const places: Place[] = [];
    let isComplete = false;
    const forward = jit((batch: FrozenInputs) => ({ states: frozenPart.compute(batch) })); // [B, T, D], or [B, D]
    const start = performance.now();
    try {
      for (const [done, group] of groups.entries()) {
        if (signal?.aborted === true) return undefined;
        const batch = reader.batch(group.flatMap((index) => examples[index] ?? []));
        const { inputIds, attentionMask, readout } = batch;
        const { states } = await forward({ inputIds, attentionMask, readout });
        const values = (await states.data()) as Float32Array;
        const rowSize = values.length / group.length;
        group.forEach((index, row) => {
          const textSize = ((examples[index]?.ids.length ?? 0) * rowSize) / inputIds.shape[1]; // without padding
          const first = row * rowSize;
          const size = frozenPart.input === "text" ? textSize : rowSize;
          places[index] ??= this.#keep(values.slice(first, first + size)); // the last group may repeat an example
        });
        tf.dispose([batch, states]);
        const etaSeconds = ((performance.now() - start) / 1000 / (done + 1)) * (groups.length - done - 1);
        onProgress?.({ stage: "activations", step: done + 1, totalSteps: groups.length, etaSeconds, metrics: {} });
      }
      isComplete = true;
      return places;
    } finally {
      forward.dispose();
      const unused = isComplete ? [] : places; // their part of the file stays until dispose
      for (const place of unused) if (place instanceof Float32Array) this.#used.memory -= place.byteLength;
    }
  }

  #keep(states: Float32Array): Place {
    if (this.#used.memory + states.byteLength <= this.options.memoryBytes) {
      this.#used.memory += states.byteLength;
      return states;
    }
    const position = this.#used.file;
    const { directory = tmpdir(), memoryBytes } = this.options;
    try {
      const { descriptor } = this.#openFile(directory);
      const bytes = new Uint8Array(states.buffer);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, position + at);
    } catch (cause) {
      throw new DataError(
        `activations beyond ${memoryBytes} bytes of memory must fit into a file in ${directory}, after ${position} bytes; ` +
          `it could not be written (${(cause as Error).message}). Free space, or set activationCacheMb to more, or to 0 for none.`,
        { directory, position, bytes: states.byteLength },
        { cause },
      );
    }
    this.#used.file += states.byteLength;
    return { position, length: states.length };
  }

  #read(place: Place | undefined): Float32Array {
    if (place instanceof Float32Array) return place;
    if (place === undefined || this.#file === undefined) {
      throw new DataError(
        "activations are known of the examples that the cache was filled with; got another, or a cache that was disposed. Fill it with all examples first.",
      );
    }
    const states = new Float32Array(place.length);
    const bytes = new Uint8Array(states.buffer);
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(this.#file.descriptor, bytes, at, bytes.length - at, place.position + at);
      if (count === 0) {
        throw new DataError(
          `the file of activations in ${this.#file.folder} became shorter while it was in use. Run again.`,
        );
      }
      at += count;
    }
    return states;
  }

  #openFile(directory: string): { readonly folder: string; readonly descriptor: number } {
    if (this.#file !== undefined) return this.#file;
    mkdirSync(directory, { recursive: true });
    const folder = mkdtempSync(join(directory, "activations-"));
    this.#file = { folder, descriptor: openSync(join(folder, "states.f32"), "wx+", 0o600) };
    // An open file without a name goes with the process, however that ends; Windows removes none that is open.
    if (process.platform !== "win32") rmSync(folder, { recursive: true });
    return this.#file;
  }
}
