/** What the methods with prompts at some layers have in common. */

import type { Backbone, BackboneConfig } from "../backbone/backbone.js";
import { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import { type RetrainConfigInput, resolveRetrainConfig } from "../train/config.js";
import type { ConfiguredModel } from "../train/train.js";

/** 0 to L − 1. */
export function allLayers({ layerCount }: Pick<BackboneConfig, "layerCount">): number[] {
  return [...Array(layerCount).keys()];
}

/** Generators at `layers`, with every gate at 1; throws ConfigError where a setting or a layer is out of range. */
export function configurePrompts(
  backbone: Backbone,
  { layers: _, ...settings }: RetrainConfigInput & { readonly layers?: unknown },
  layers: readonly number[],
): ConfiguredModel {
  const config = { layers, ...resolveRetrainConfig(settings, backbone.config) };
  return { config, model: new PromptHypernetwork(backbone, config) };
}
