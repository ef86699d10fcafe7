/** Runs a model over the reference cases that are stored beside it. */

import { readdirSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import type { LoadedModel } from "../../../lib/backbone/loadBackbone.js";
import { readSafetensors } from "../../../lib/backbone/safetensors.js";
import { goldenTensor } from "../golden.js";

/** Where the small models lie. */
export const MODELS = "test/fixtures/models";

/** Names of the cases that a model folder holds. */
export function storedCases(model: string): string[] {
  const inputs = readdirSync(`${MODELS}/${model}`).filter((file) => file.endsWith(".inputs.safetensors"));
  return inputs.map((file) => file.replace(".inputs.safetensors", ""));
}

/**
 * Largest absolute difference over every output of one stored case.
 *
 * @param isRealOnly  leaves padded positions out, but for the embeddings
 */
export async function worstDifference(
  { model, config }: LoadedModel,
  folder: string,
  name: string,
  isRealOnly = false,
): Promise<number> {
  const inputs = await readSafetensors(`${MODELS}/${folder}/${name}.inputs.safetensors`);
  const outputs = await readSafetensors(`${MODELS}/${folder}/${name}.outputs.safetensors`);
  const optional = (fact: string) =>
    inputs.names.includes(fact) ? goldenTensor<tf.Tensor2D>(inputs, fact) : undefined;
  const actual = tf.tidy(() => {
    const inputIds = goldenTensor<tf.Tensor2D>(inputs, "input_ids");
    const mask = goldenTensor<tf.Tensor2D>(inputs, "attention_mask");
    const [B, T] = inputIds.shape;
    const bias = model.attentionBias(mask, 0);
    const facts = { positionIds: optional("position_ids"), tokenTypeIds: optional("token_type_ids") };
    let hidden = model.embed(inputIds, mask, facts);
    const results: Record<string, tf.Tensor> = { "hidden_states.0": hidden };
    for (let index = 0; index < config.layerCount; index++) {
      hidden = model.layer(index, hidden, bias);
      results[`hidden_states.${index + 1}`] = hidden;
    }
    results[`hidden_states.${config.layerCount}`] = model.finalNorm(hidden);
    const logits = model.logits(tf.reshape(hidden, [B * T, config.hiddenSize]));
    results.logits = tf.reshape(logits, [B, T, config.vocabSize]);
    if (outputs.names.includes("pooler_output")) results.pooler_output = model.pool?.(hidden) ?? tf.scalar(0);
    return results;
  });
  expect(Object.keys(actual).sort()).toEqual([...outputs.names].sort());
  const isReal = inputs.read("attention_mask");
  let worst = 0;
  for (const [output, tensor] of Object.entries(actual)) {
    expect(tensor.shape).toEqual(outputs.shape(output));
    const width = tensor.rank === 3 ? tensor.size / isReal.length : 0; // values of one position; a pooled row is real
    const difference = largestDifference(await tensor.data(), outputs.readFloats(output), (i) =>
      isRealOnly && width > 0 && output !== "hidden_states.0" ? isReal[Math.floor(i / width)] === 1 : true,
    );
    worst = Math.max(worst, difference);
  }
  tf.dispose(actual);
  return worst;
}

/** Largest absolute difference of two arrays; not a number where a value is missing. */
export function largestDifference(
  actual: ArrayLike<number>,
  expected: Float32Array,
  isCompared: (index: number) => boolean = () => true,
): number {
  return expected.reduce(
    (most, value, i) => (isCompared(i) ? Math.max(most, Math.abs((actual[i] ?? Number.NaN) - value)) : most),
    0,
  );
}
