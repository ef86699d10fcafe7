/** SPT, and what is left of it without one of its parts: search, select, retrain. */

import { parseConfig } from "../../prompt/config.js";
import { resolveSearchConfig, searchConfigSchema } from "../../search/config.js";
import { type SearchRecord, search } from "../../search/search.js";
import { selectLayers } from "../../search/selectLayers.js";
import { retrain } from "../../train/retrain.js";
import { allLayers, configurePrompts } from "../layers.js";
import type { MethodOptions, SearchMethod } from "../method.js";
import { type FixedSearchSettings, resolveStages, type SptStages, sptConfigSchema } from "./config.js";
import { createGatedModel } from "./model.js";

const CITATION = "Zhu & Tan 2023";

export const spt = searchMethod({ id: "spt", title: "SPT", citation: CITATION, fixed: {} });

export const sptNoReparam = searchMethod({
  id: "spt-no-reparam",
  title: "SPT without re-parameterised gates",
  citation: CITATION,
  fixed: { isReparameterised: false },
});

export const sptNoConsistency = searchMethod({
  id: "spt-no-consistency",
  title: "SPT without consistency",
  citation: CITATION,
  fixed: { isConsistent: false },
});

/** Gates and generators are trained on the same batches of all training data. */
export const sptSingleLevel = searchMethod({
  id: "spt-single-level",
  title: "SPT, single-level",
  citation: `${CITATION}; Liu, Simonyan & Yang 2019, section 3.3`,
  fixed: { isSingleLevel: true },
});

/** The search's own network, gates as they are after it, without retraining. */
export const sptHypernetwork: SearchMethod = {
  kind: "search",
  id: "spt-hypernetwork",
  title: "SPT hyper-network, not discretised",
  citation: CITATION,
  configSchema: searchConfigSchema,
  configure(backbone, input) {
    const config = resolveSearchConfig(parseConfig(searchConfigSchema, input), backbone.config);
    const settings = { ...config, evaluateEvery: config.steps, activationCacheMb: 0 };
    return { config: settings, model: createGatedModel(backbone, config) };
  },
  search: searchHypernetwork,
  train: async (options) => {
    const searched = await searchHypernetwork(options);
    return { record: searched, searched };
  },
};

function searchHypernetwork({ config, ...options }: MethodOptions): Promise<SearchRecord> {
  return search({ ...options, config: parseConfig(searchConfigSchema, config) });
}

/** A method that searches with some settings fixed, and retrains the K layers that it finds. */
export function searchMethod(
  facts: Pick<SearchMethod, "id" | "title" | "citation"> & { readonly fixed: FixedSearchSettings },
): SearchMethod {
  const { id, title, citation, fixed } = facts;
  const configSchema = sptConfigSchema(fixed);
  const stagesOf = ({ backbone, config }: Pick<MethodOptions, "backbone" | "config">): SptStages =>
    resolveStages(parseConfig(configSchema, config), backbone.config);
  return {
    kind: "search",
    id,
    title,
    citation,
    configSchema,
    configure(backbone, input) {
      const { retrain: config, topK } = stagesOf({ backbone, config: input });
      return configurePrompts(backbone, config, allLayers(backbone.config).slice(0, topK));
    },
    search: async (options) => search({ ...options, config: stagesOf(options).search }),
    async train(options) {
      const stages = stagesOf(options);
      const searched = await search({ ...options, config: stages.search });
      if (searched.status === "stopped") return { record: searched, searched };
      const layers = selectLayers(searched);
      return { record: await retrain({ ...options, layers, config: stages.retrain }), searched };
    },
  };
}
