/** Loading a frozen language model from its files. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { CheckpointError } from "../errors.js";
import type { HubOptions } from "../hub/index.js";
import type { Backbone } from "./backbone.js";
import { bertFamily } from "./bert.js";
import { hashFiles, openWeights, readJsonFile, renameTensors, type WeightFiles } from "./checkpoint.js";
import { debertaFamily } from "./deberta.js";
import type { Adapt, BackboneFamily, LinearMaps, Model, ModelConfig, WeightShapes, Weights } from "./family.js";
import { gpt2Family } from "./gpt2.js";
import { checkGradients, promptGradients } from "./gradientGate.js";
import { loadTokenizer } from "./loadTokenizer.js";
import { modelDirectory } from "./modelDirectory.js";
import { robertaFamily } from "./roberta.js";
import type { Tokenizer } from "./tokenizer.js";
import { holdWeights, type WeightStorage } from "./weightStorage.js";

/** Model families by `model_type`; a new one is one line here. */
const FAMILIES: Readonly<Record<string, BackboneFamily>> = {
  roberta: robertaFamily,
  bert: bertFamily,
  deberta: debertaFamily,
  gpt2: gpt2Family,
};

/** A model without a vocabulary: what is needed to run token ids through it. */
export interface LoadedModel {
  readonly directory: string;
  readonly config: ModelConfig;
  /** The forward pass over `weights`. */
  readonly model: Model;
  readonly weights: Weights;
  /** SHA-256 in hex over config.json and the weight files, and the precision where that rounds what is in them. */
  readonly hash: string;
  /** Precision of the matrices in memory, for run records. */
  readonly weightStorage: string;
  /** Frees the weights. */
  dispose(): void;
}

/** Settings of `loadModel`. */
export interface ModelOptions extends HubOptions {
  /**
   * Precision of the matrices in memory. Default "stored", the checkpoint's: the numbers are those of "f32" to the last
   * bit, and a checkpoint in half precision takes half the memory. "f16" and "bf16" round what has more bits. "int8"
   * rounds the layers' matrices to a quarter; `loadBackbone` then checks what that does to the gradients of prompts.
   */
  readonly weights?: WeightStorage;
}

/** Settings of `loadBackbone`. */
export interface LoadOptions extends ModelOptions {
  /** Takes the place of the directory's own tokenizer. */
  readonly tokenizer?: Tokenizer;
}

/**
 * Loads a model and its tokenizer: from a directory in Hugging Face layout, by the name of a packaged model, or by that
 * of a model of the Hugging Face hub, "organisation/name" or "organisation/name@revision". What comes from the hub is
 * kept in the cache of Python's libraries (HF_HOME); HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE are honoured.
 *
 * @throws CheckpointError  when a file is missing, malformed, does not fit the others, or cannot be downloaded
 * @throws ConfigError      when int8 weights give other gradients than the checkpoint's: a cosine below 0.99
 */
export async function loadBackbone(nameOrDirectory: string, options: LoadOptions = {}): Promise<Backbone> {
  const directory = await modelDirectory(nameOrDirectory, options);
  const tokenizer = options.tokenizer ?? (await loadTokenizer(directory));
  const gradients = options.weights === "int8" ? await exactGradients(directory, tokenizer) : undefined;
  const loaded = await loadModel(directory, { weights: options.weights });
  const { config, model, weights, hash, weightStorage, dispose } = loaded;
  try {
    checkVocabulary(directory, tokenizer, config);
    if (gradients) checkGradients(nameOrDirectory, gradients, await promptGradients(loaded, tokenizer));
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    name: nameOrDirectory,
    config: { ...config, maskTokenId: tokenizer.maskTokenId },
    tokenizer,
    hash,
    weightStorage,
    weights,
    embed: model.embed,
    attentionBias: model.attentionBias,
    layer: model.layer,
    finalNorm: model.finalNorm,
    logits: model.logits,
    dispose,
  };
}

/**
 * Loads configuration and weights only.
 *
 * @throws CheckpointError  listing the tensors that are missing, unknown or of the wrong shape
 */
export async function loadModel(nameOrDirectory: string, options: ModelOptions = {}): Promise<LoadedModel> {
  const directory = await modelDirectory(nameOrDirectory, options);
  const configPath = join(directory, "config.json");
  const json = await readJsonFile(configPath);
  const family = familyOf(json, configPath);
  const config = family.parseConfig(json, configPath);
  const files = renameTensors(await openWeights(directory), family.canonicalName);
  if (config.layerCount > files.names.length) {
    throw new CheckpointError(
      `${configPath} has ${config.layerCount} layers; the weights beside it are ${files.names.length} tensors, fewer than ` +
        "one per layer. Use the two files of one model.",
      { configPath, layerCount: config.layerCount, tensorCount: files.names.length },
    );
  }
  const required = family.requiredWeights(config);
  const optional = family.optionalWeights(config);
  checkTensors(directory, files, required, optional, (name) => family.isIgnored(name, config));

  const present = new Set(files.names);
  const shapes = Object.fromEntries(Object.entries({ ...required, ...optional }).filter(([name]) => present.has(name)));
  const { weights: storage = "stored" } = options;
  const { tensors, description, isRounded } = holdWeights(files, shapes, storage, family.isInputsFirst !== true);
  const hash = await hashFiles([configPath, ...files.paths]);
  return {
    directory,
    config,
    model: family.model(config, tensors),
    weights: tensors,
    hash: isRounded ? createHash("sha256").update(`${hash} ${storage}`).digest("hex") : hash,
    weightStorage: description,
    dispose: () => tf.dispose(tensors),
  };
}

/**
 * The forward pass of a backbone's family over other weights of the same names, such as variables that are trained.
 * Records tfjs operations, differentiable in every weight.
 *
 * @param adapt  changes what the layers' linear maps give; without it, nothing is
 */
export function modelOver(backbone: NamedModel, weights: Weights, adapt?: Adapt): Model {
  return familyOfBackbone(backbone).model(backbone.config, weights, adapt);
}

/** Names of the linear maps of layer `index` that `adapt` may change. */
export function linearMaps(backbone: NamedModel, index: number): LinearMaps {
  return familyOfBackbone(backbone).linearMaps(backbone.config, index);
}

/** Shapes of the weights that a backbone's forward pass and vocabulary head need, by Hugging Face name. */
export function weightShapes(backbone: NamedModel): WeightShapes {
  return familyOfBackbone(backbone).requiredWeights(backbone.config);
}

/** What is known of a backbone without its weights. */
type NamedModel = Pick<Backbone, "config" | "name">;

function familyOfBackbone({ config, name }: NamedModel): BackboneFamily {
  return familyOf({ model_type: config.family }, name);
}

/** Prompt gradients over the weights as stored, which are in memory no longer than that takes. */
async function exactGradients(directory: string, tokenizer: Tokenizer): Promise<Float32Array[]> {
  const exact = await loadModel(directory);
  try {
    checkVocabulary(directory, tokenizer, exact.config);
    return await promptGradients(exact, tokenizer);
  } finally {
    exact.dispose();
  }
}

function familyOf(json: unknown, path: string): BackboneFamily {
  const type = typeof json === "object" && json !== null && "model_type" in json ? json.model_type : undefined;
  const family = typeof type === "string" && Object.hasOwn(FAMILIES, type) ? FAMILIES[type] : undefined;
  if (family !== undefined) return family;
  throw new CheckpointError(
    `${path} has ${typeof type === "string" ? `model_type "${type}"` : "no model_type"}; the families known here are ` +
      `${Object.keys(FAMILIES).join(", ")}. Choose a model of one of them.`,
    { path, type, known: Object.keys(FAMILIES) },
  );
}

function checkTensors(
  directory: string,
  files: WeightFiles,
  required: WeightShapes,
  optional: WeightShapes,
  isIgnored: (name: string) => boolean,
): void {
  const present = new Set(files.names);
  const shapes: WeightShapes = { ...optional, ...required };
  const missing = Object.keys(required).filter((name) => !present.has(name));
  const unknown = files.names.filter((name) => !(name in shapes) && !isIgnored(name));
  const misshaped = files.names.flatMap((name) => {
    const expected = shapes[name];
    const actual = files.shape(name);
    return expected === undefined || String(expected) === String(actual)
      ? []
      : [`${name} [${actual}] instead of [${expected}]`];
  });
  const problems = [
    ...(missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${unknown.join(", ")}`] : []),
    ...(misshaped.length > 0 ? [`wrong shape: ${misshaped.join(", ")}`] : []),
  ];
  if (problems.length === 0) return;
  throw new CheckpointError(
    `The weights of ${directory} do not fit its config.json. ${problems.join("; ")}. Use the two files of one model.`,
    { directory, missing, unknown, misshaped },
  );
}

function checkVocabulary(directory: string, tokenizer: Tokenizer, config: ModelConfig): void {
  if (config.clozePosition === "mask" && tokenizer.maskTokenId === undefined) {
    throw new CheckpointError(
      `The tokenizer for ${directory} has no mask token, at which this model predicts. ` +
        "Name it in special_tokens_map.json, or use the tokenizer that the model was trained with.",
      { directory },
    );
  }
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new CheckpointError(
      `The tokenizer for ${directory} has ${tokenizer.vocabSize} tokens, the model ${config.vocabSize} embeddings. ` +
        "Use the tokenizer that the model was trained with.",
      { directory, tokenizer: tokenizer.vocabSize, model: config.vocabSize },
    );
  }
  if (tokenizer.padTokenId !== config.padTokenId) {
    throw new CheckpointError(
      `The tokenizer for ${directory} pads with id ${tokenizer.padTokenId}, the model expects ${config.padTokenId}. ` +
        "Set pad_token_id in config.json to the tokenizer's id if both belong together.",
      { directory, tokenizer: tokenizer.padTokenId, model: config.padTokenId },
    );
  }
}
