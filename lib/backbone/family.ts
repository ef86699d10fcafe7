/** What a model family brings: its configuration, the names and shapes of its weights, and its forward pass. */

import type * as tf from "@tensorflow/tfjs";
import type { Backbone, BackboneConfig } from "./backbone.js";

/** Facts of a checkpoint's config.json; the mask token is known to the tokenizer only. */
export type ModelConfig = Omit<BackboneConfig, "maskTokenId">;

/** Tensors (or variables) by Hugging Face name. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** Shapes by Hugging Face name. */
export type WeightShapes = Readonly<Record<string, readonly number[]>>;

/** The forward pass over some weights: pure functions, differentiable in every weight. */
export interface Model extends Pick<Backbone, "embed" | "attentionBias" | "layer" | "logits"> {
  /** Whole-sequence vector from the last layer: [B, T, D] -> [B, D]. Needs the pooler's weights, which are optional. */
  pool(hidden: tf.Tensor3D): tf.Tensor2D;
}

/** A family as the registry of `loadBackbone` holds it. */
export interface BackboneFamily<C extends ModelConfig = ModelConfig> {
  /** @throws CheckpointError  when a field is missing, out of range, or asks for something not implemented */
  parseConfig(json: unknown, path: string): C;
  /** Weights that a checkpoint must have. */
  requiredWeights(config: C): WeightShapes;
  /** Weights that are loaded where a checkpoint has them. */
  optionalWeights(config: C): WeightShapes;
  /** Whether a stored tensor is a buffer or a copy that the model does not need. */
  isIgnored(name: string, config: C): boolean;
  /** The forward pass. */
  model(config: C, weights: Weights): Model;
}
