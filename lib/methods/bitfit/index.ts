/** BitFit: the bias vectors are trained, nothing else. */

import { defineMethod } from "../method.js";
import { bitfitConfigSchema } from "./config.js";
import { createBitfitModel } from "./model.js";

export const bitfit = defineMethod({
  id: "bitfit",
  title: "BitFit",
  citation: "Ben Zaken, Ravfogel & Goldberg 2022",
  configSchema: bitfitConfigSchema,
  configure: (config, backbone) => ({ config, model: createBitfitModel(backbone) }),
});
