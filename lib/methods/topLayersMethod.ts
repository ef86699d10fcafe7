/** Methods that retrain generators at layers which no search has chosen. */

import type { z } from "zod";
import type { Backbone } from "../backbone/backbone.js";
import { parseConfig } from "../prompt/config.js";
import { retrain } from "../train/retrain.js";
import { configurePrompts } from "./layers.js";
import type { SearchMethod } from "./method.js";
import { resolveTopLayers, type topLayersConfigSchema } from "./spt/config.js";

/** @param choose  the layers, ascending, for a backbone, K and a seed */
export function topLayersMethod(
  facts: Pick<SearchMethod, "id" | "title" | "citation"> & {
    readonly configSchema: z.ZodType<z.output<typeof topLayersConfigSchema>>;
    choose(backbone: Backbone, topK: number, seed: number): readonly number[];
  },
): SearchMethod {
  const { id, title, citation, configSchema, choose } = facts;
  return {
    kind: "search",
    id,
    title,
    citation,
    configSchema,
    configure(backbone, input) {
      const { retrain: config, topK } = resolveTopLayers(parseConfig(configSchema, input), backbone.config);
      return configurePrompts(backbone, config, choose(backbone, topK, 1));
    },
    async train({ config: input, ...options }) {
      const { backbone, seed = 1 } = options;
      const { retrain: config, topK } = resolveTopLayers(parseConfig(configSchema, input), backbone.config);
      return { record: await retrain({ ...options, layers: choose(backbone, topK, seed), config }) };
    },
  };
}
