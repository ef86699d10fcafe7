/** K layers drawn at random: what a search has to beat. */

import { createRandom } from "../../random.js";
import { allLayers } from "../layers.js";
import { topLayersConfigSchema } from "../spt/config.js";
import { topLayersMethod } from "../topLayersMethod.js";

/** The seed of the run draws them. */
export const randomLayers = topLayersMethod({
  id: "random-k",
  title: "random layers",
  citation: "Zhu & Tan 2023",
  configSchema: topLayersConfigSchema,
  choose: ({ config }, topK, seed) =>
    createRandom(seed)
      .fork("random layers")
      .shuffle(allLayers(config))
      .slice(0, topK)
      .sort((a, b) => a - b),
});
