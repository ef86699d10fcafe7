/** What a model family brings: its configuration, the names and shapes of its weights, and its forward pass. */

import type * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { CheckpointError } from "../errors.js";
import type { Backbone, BackboneConfig } from "./backbone.js";

/** Facts of a checkpoint's config.json; the mask token is known to the tokenizer only. */
export type ModelConfig = Omit<BackboneConfig, "maskTokenId">;

/** Tensors (or variables) by Hugging Face name. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** Shapes by Hugging Face name. */
export type WeightShapes = Readonly<Record<string, readonly number[]>>;

/** The forward pass over some weights: pure functions, differentiable in every weight. */
export interface Model extends Pick<Backbone, "embed" | "attentionBias" | "layer" | "finalNorm" | "logits"> {
  /** Whole-sequence vector from the last layer: [B, T, D] -> [B, D]. Needs the pooler's weights, which are optional. */
  pool?(hidden: tf.Tensor3D): tf.Tensor2D;
}

/**
 * Changes what a linear map gives, as low-rank updates and adapters do.
 *
 * @param name    of the map; see `LinearMaps`
 * @param input   [N, in]
 * @param output  [N, out]
 * @returns       [N, out]; `output` itself for maps that stay as they are
 */
export type Adapt = (name: string, input: tf.Tensor2D, output: tf.Tensor2D) => tf.Tensor2D;

/** Names of one layer's linear maps as `Adapt` hears them, all [D] out; a part of a fused map has a name of its own. */
export interface LinearMaps {
  readonly query: string;
  readonly value: string;
  /** The projection that ends the attention, before its residual sum. */
  readonly attentionOutput: string;
  /** The projection that ends the feed-forward part, before its residual sum. */
  readonly output: string;
}

/** A family as the registry of `loadBackbone` holds it. */
export interface BackboneFamily<C extends ModelConfig = ModelConfig> {
  /** @throws CheckpointError  when a field is missing, out of range, or asks for what this family's forward pass does not do */
  parseConfig(json: unknown, path: string): C;
  /** Weights that a checkpoint must have. */
  requiredWeights(config: C): WeightShapes;
  /** Weights that are loaded where a checkpoint has them. */
  optionalWeights(config: C): WeightShapes;
  /** The name used here for a tensor that some checkpoints name otherwise; nothing where all agree. */
  canonicalName?(stored: string): string;
  /** Whether a stored tensor, by its canonical name, is a buffer or a copy that the model does not need. */
  isIgnored(name: string, config: C): boolean;
  /** Whether the matrices of linear maps are stored as [in, out]; else [out, in]. */
  readonly isInputsFirst?: boolean;
  /** The forward pass; `adapt` is called behind every linear map of the layers. */
  model(config: C, weights: Weights, adapt?: Adapt): Model;
  /** The maps of layer `index` that methods adapt. */
  linearMaps(config: C, index: number): LinearMaps;
}

/**
 * Checks a config.json against a family's schema and fills in its defaults.
 *
 * @param path   where it came from, for the message
 * @param model  what the family calls itself, such as "RoBERTa"
 * @throws CheckpointError  naming the field
 */
export function parseModelConfig<S extends z.ZodType>(
  schema: S,
  json: unknown,
  path: string,
  model: string,
): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CheckpointError(
    `${path} does not describe a ${model} model that can be run here:\n${z.prettifyError(parsed.error)}`,
    { path, issues: parsed.error.issues },
    { cause: parsed.error },
  );
}
