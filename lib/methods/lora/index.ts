/** LoRA: low-rank updates of the maps to queries and values. */

import { defineMethod } from "../method.js";
import { loraConfigSchema } from "./config.js";
import { createLoraModel } from "./model.js";

export const lora = defineMethod({
  id: "lora",
  title: "LoRA",
  citation: "Hu et al. 2022",
  configSchema: loraConfigSchema,
  configure: (config, backbone) => ({ config, model: createLoraModel(backbone, config) }),
});
