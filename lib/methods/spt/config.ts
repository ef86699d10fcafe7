/** Settings of SPT: those of the prompts, of the search and of the retraining. */

import { z } from "zod";
import type { BackboneConfig } from "../../backbone/backbone.js";
import { promptConfigSchema } from "../../prompt/config.js";
import { resolveSearchConfig, type SearchConfig, searchConfigSchema } from "../../search/config.js";
import { checkTopK } from "../../search/selectLayers.js";
import { type RetrainConfig, resolveRetrainConfig, retrainConfigSchema } from "../../train/config.js";

/** Settings that are the search's alone: not the prompts', which the retraining shares. */
const searchOnlySchema = searchConfigSchema.omit({
  topK: true,
  ...(Object.fromEntries(Object.keys(promptConfigSchema.shape).map((name) => [name, true])) as Record<
    keyof typeof promptConfigSchema.shape,
    true
  >),
});

/** What an ablation fixes of the search. */
export type FixedSearchSettings = Partial<
  Pick<SearchConfig, "isReparameterised" | "isConsistent"> & { readonly isSingleLevel: boolean }
>;

/** Settings of a method that retrains K layers. */
export const topLayersConfigSchema = z.strictObject({
  topK: searchConfigSchema.shape.topK,
  ...retrainConfigSchema.shape,
});

/**
 * Settings of a method that searches first; each default's source is in its description.
 *
 * @param fixed  what the method fixes: no other value is taken
 */
export function sptConfigSchema(fixed: FixedSearchSettings) {
  const literals = Object.entries(fixed).map(([name, value]) => [name, z.literal(value).default(value)] as const);
  const search = searchOnlySchema.extend(Object.fromEntries(literals)) as unknown as typeof searchOnlySchema;
  return z.strictObject({
    ...topLayersConfigSchema.shape,
    search: search.prefault({}).describe("settings of the search alone, such as steps and order"),
  });
}

/** Settings of each stage. */
export interface SptStages {
  readonly search: SearchConfig;
  readonly retrain: RetrainConfig;
  readonly topK: number;
}

/**
 * Deals settings out to the stages.
 *
 * @throws ConfigError  when K or another setting is out of range
 */
export function resolveStages(
  { search, ...shared }: z.output<ReturnType<typeof sptConfigSchema>>,
  backbone: BackboneConfig,
): SptStages {
  const { retrain, topK } = resolveTopLayers(shared, backbone);
  const prompts = Object.fromEntries(
    Object.keys(promptConfigSchema.shape).map((name) => [name, retrain[name as never]]),
  );
  return { search: resolveSearchConfig({ ...prompts, ...search, topK }, backbone), retrain, topK };
}

/** K and the settings of the retraining, with all defaults; throws ConfigError. */
export function resolveTopLayers(
  { topK, ...retrain }: z.output<typeof topLayersConfigSchema>,
  backbone: BackboneConfig,
): Omit<SptStages, "search"> {
  const K = topK ?? Math.ceil(backbone.layerCount / 4);
  checkTopK(K, backbone.layerCount);
  return { topK: K, retrain: resolveRetrainConfig(retrain, backbone) };
}
