/** A pre-trained model as other tools read it: a Hugging Face folder with half-precision weights and a model card. */

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RobertaConfig } from "../backbone/roberta.js";
import { type TensorToWrite, writeSafetensors } from "../backbone/safetensors.js";
import type { WeightValues } from "./initialWeights.js";
import type { TokenizerFile } from "./tokenizerFile.js";

/** Writes config.json, tokenizer.json, model.safetensors (f16) and README.md to `folder`, each atomically. */
export async function exportModel(
  folder: string,
  config: RobertaConfig,
  weights: WeightValues,
  tokenizer: TokenizerFile,
  modelCard: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const halves: Record<string, TensorToWrite> = {};
  for (const [name, { shape, values }] of Object.entries(weights)) halves[name] = { shape, values, dtype: "F16" };
  await writeText(join(folder, "config.json"), `${JSON.stringify(configJson(config), null, 2)}\n`);
  await writeText(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  await writeText(join(folder, "README.md"), modelCard);
  await writeSafetensors(join(folder, "model.safetensors"), halves, { format: "pt" });
}

/** Hugging Face's config.json for a model without dropout in training. */
export function configJson(config: RobertaConfig): Record<string, unknown> {
  return {
    architectures: ["RobertaForMaskedLM"],
    model_type: "roberta",
    attention_probs_dropout_prob: 0,
    hidden_dropout_prob: 0,
    bos_token_id: 0,
    pad_token_id: config.padTokenId,
    eos_token_id: 2,
    hidden_act: "gelu",
    initializer_range: 0.02,
    layer_norm_eps: config.layerNormEps,
    position_embedding_type: "absolute",
    tie_word_embeddings: true,
    type_vocab_size: config.typeVocabSize,
    torch_dtype: "float16",
    num_hidden_layers: config.layerCount,
    hidden_size: config.hiddenSize,
    num_attention_heads: config.headCount,
    intermediate_size: config.intermediateSize,
    vocab_size: config.vocabSize,
    max_position_embeddings: config.positionCount,
  };
}

async function writeText(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
