/** Hidden states and logits of stored token ids, for comparison with other frameworks and for feature extraction. */

import * as tf from "@tensorflow/tfjs";
import { jit } from "../engine/index.js";
import { DataError } from "../errors.js";
import { type LoadedModel, loadModel } from "./loadBackbone.js";
import { readSafetensors, type SafetensorsFile, type TensorToWrite, writeSafetensors } from "./safetensors.js";

/** Settings of `encodeFile`. */
export interface EncodeFileOptions {
  /** Directory in Hugging Face layout, or the name of a packaged model. */
  readonly model: string;
  /** Safetensors with `input_ids` and `attention_mask`, and where the model has them `token_type_ids` and `position_ids`, all [N, T] integers. */
  readonly inputs: string;
  /** Written: `hidden_states.0` (embedding output) to `hidden_states.L`, [N, T, D], and `logits`, [N, T, V], as F32. */
  readonly output: string;
  /** Whether to compute and write logits, by far the largest tensor. */
  readonly withLogits: boolean;
  /** Rows that are run at once. */
  readonly batchSize: number;
}

/** Size of what was written. */
export interface EncodedSummary {
  readonly rowCount: number;
  readonly tokenCount: number;
  readonly tensorNames: readonly string[];
}

/**
 * Runs every row of the inputs through the model.
 *
 * @throws DataError        when the inputs do not fit the model
 * @throws CheckpointError  when the model or a file cannot be read
 */
export async function encodeFile(options: EncodeFileOptions): Promise<EncodedSummary> {
  const loaded = await loadModel(options.model);
  try {
    const batch = readInputs(await readSafetensors(options.inputs), loaded);
    const outputs = await runRows(loaded, batch, options);
    await writeSafetensors(options.output, outputs, { model_hash: loaded.hash });
    return { rowCount: batch.rowCount, tokenCount: batch.tokenCount, tensorNames: Object.keys(outputs) };
  } finally {
    loaded.dispose();
  }
}

interface TokenRows {
  readonly rowCount: number;
  readonly tokenCount: number;
  /** Values by the names of `TokenTensors`, each [rowCount, tokenCount]. */
  readonly values: Readonly<Record<string, Int32Array>>;
}

/** One batch: token ids, their mask, and what else (`TokenFacts`) the inputs tell of each token; all [B, T] int32. */
interface TokenTensors {
  readonly inputIds: tf.Tensor2D;
  readonly attentionMask: tf.Tensor2D;
  readonly [fact: string]: tf.Tensor2D;
}

function readInputs(file: SafetensorsFile, { config }: LoadedModel): TokenRows {
  const limits = {
    input_ids: ["inputIds", config.vocabSize],
    attention_mask: ["attentionMask", 2],
    token_type_ids: ["tokenTypeIds", config.typeVocabSize],
    position_ids: ["positionIds", config.positionCount],
  } as const;
  const known = Object.entries(limits).filter(([, [, limit]]) => limit > 0);
  const unknown = file.names.filter((name) => !known.some(([other]) => other === name));
  if (unknown.length > 0) {
    throw new DataError(
      `${file.path} may hold ${known.map(([name]) => name).join(", ")} for this model; it also holds ` +
        `${unknown.join(", ")}. Remove them, or the result would not be what they ask for.`,
      { path: file.path, unknown },
    );
  }
  const shape = file.shape("input_ids");
  const [rowCount = 0, tokenCount = 0] = shape;
  const values: Record<string, Int32Array> = {};
  for (const [name, [field, limit]] of known) {
    if (!file.names.includes(name) && name !== "attention_mask") continue;
    const column = readIntegers(file, name);
    if (shape.length !== 2 || tokenCount === 0 || String(file.shape(name)) !== String(shape)) {
      throw new DataError(
        `input_ids and ${name} must both be [rows, tokens]; got [${shape}] and [${file.shape(name)}].`,
        { path: file.path },
      );
    }
    checkRange(column, limit, name);
    values[field] = column;
  }
  if (tokenCount > config.maxLength) {
    throw new DataError(
      `The model takes at most ${config.maxLength} tokens; input_ids has ${tokenCount}. Truncate the texts.`,
      { tokenCount, maxLength: config.maxLength },
    );
  }
  return { rowCount, tokenCount, values };
}

function readIntegers(file: SafetensorsFile, name: string): Int32Array {
  const values = file.read(name);
  if (values instanceof Int32Array) return values;
  throw new DataError(`${name} must hold integers; its dtype is ${file.dtype(name)}.`, { path: file.path, name });
}

function checkRange(values: Int32Array, limit: number, name: string): void {
  const wrong = values.find((value) => value < 0 || value >= limit);
  if (wrong === undefined) return;
  throw new DataError(`${name} must lie in 0..${limit - 1}; it holds ${wrong}. Use this model's tokenizer.`, {
    name,
    wrong,
    limit,
  });
}

async function runRows(
  { model, config }: LoadedModel,
  { rowCount, tokenCount: T, values }: TokenRows,
  { batchSize, withLogits }: EncodeFileOptions,
): Promise<Record<string, TensorToWrite>> {
  const { layerCount, hiddenSize: D, vocabSize: V } = config;
  const outputs: Record<string, { shape: number[]; values: Float32Array }> = {};
  const allocate = (name: string, width: number): void => {
    outputs[name] = { shape: [rowCount, T, width], values: new Float32Array(rowCount * T * width) };
  };
  for (let index = 0; index <= layerCount; index++) allocate(`hidden_states.${index}`, D);
  if (withLogits) allocate("logits", V);

  const forward = jit(({ inputIds, attentionMask, ...facts }: TokenTensors) => {
    const bias = model.attentionBias(attentionMask, 0);
    let hidden = model.embed(inputIds, attentionMask, facts); // [B, T] -> [B, T, D]
    const results: Record<string, tf.Tensor> = { "hidden_states.0": hidden };
    for (let index = 0; index < layerCount; index++) {
      hidden = model.layer(index, hidden, bias);
      results[`hidden_states.${index + 1}`] = index + 1 < layerCount ? hidden : model.finalNorm(hidden);
    }
    if (withLogits) results.logits = model.logits(tf.reshape(hidden, [-1, D])); // [B, T, D] -> [B·T, V]
    return results;
  });
  for (let start = 0; start < rowCount; start += batchSize) {
    const B = Math.min(batchSize, rowCount - start);
    const rows = (whole: Int32Array): tf.Tensor2D =>
      tf.tensor2d(whole.slice(start * T, (start + B) * T), [B, T], "int32");
    const inputs = Object.fromEntries(
      Object.entries(values).map(([name, whole]) => [name, rows(whole)]),
    ) as TokenTensors;
    const results = await forward(inputs);
    for (const [name, tensor] of Object.entries(results)) {
      outputs[name]?.values.set((await tensor.data()) as Float32Array, (start * tensor.size) / B);
    }
    tf.dispose([inputs, results]);
  }
  forward.dispose();
  return outputs;
}
