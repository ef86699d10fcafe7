/** Full fine-tuning: every weight is trained. What all others are measured against. */

import { defineMethod } from "../method.js";
import { fullConfigSchema } from "./config.js";
import { createFullModel } from "./model.js";

export const full = defineMethod({
  id: "full",
  title: "full fine-tuning",
  citation: "Devlin et al. 2019; through the cloze, Schick & Schütze 2021",
  configSchema: fullConfigSchema,
  configure: (config, backbone) => ({ config, model: createFullModel(backbone, config) }),
});
