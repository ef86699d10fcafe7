/** A generator at every layer: what choosing is measured against. */

import { retrainConfigSchema } from "../../train/config.js";
import { allLayers } from "../layers.js";
import { topLayersMethod } from "../topLayersMethod.js";

export const everyLayer = topLayersMethod({
  id: "all-layers",
  title: "all layers",
  citation: "Zhu & Tan 2023",
  configSchema: retrainConfigSchema,
  choose: ({ config }) => allLayers(config),
});
