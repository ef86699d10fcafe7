/** P-tuning v2: free keys and values at every layer, the same for every example. */

import { defineMethod } from "../method.js";
import { pTuningV2ConfigSchema } from "./config.js";
import { createPTuningV2Model } from "./model.js";

/** Prompts of hidden states at every layer are the method "all-layers" with `generator: "static"` and `tau: 1`. */
export const pTuningV2 = defineMethod({
  id: "p-tuning-v2",
  title: "P-tuning v2",
  citation: "Liu et al. 2022, P-tuning v2",
  configSchema: pTuningV2ConfigSchema,
  configure: (config, backbone) => ({ config, model: createPTuningV2Model(backbone, config) }),
});
