/** A generator at every layer: what choosing is measured against. */

import { allLayers } from "../layers.js";
import { topLayersMethod } from "../topLayersMethod.js";

/** K is not read. */
export const everyLayer = topLayersMethod({
  id: "all-layers",
  title: "all layers",
  citation: "Zhu & Tan 2023",
  choose: ({ config }) => allLayers(config),
});
