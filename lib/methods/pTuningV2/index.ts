/** P-tuning v2: a free prompt at every layer, the same for every example. */

import { allLayers, configurePrompts } from "../layers.js";
import { defineMethod } from "../method.js";
import { pTuningV2ConfigSchema } from "./config.js";

/**
 * Before every layer the prompt rows are overwritten by free ones.
 *
 * @source Liu et al. 2022 (P-tuning v2). They put keys and values in front of each layer's own; ours are hidden states,
 *         half as many numbers, so that the layer's maps make both
 */
export const pTuningV2 = defineMethod({
  id: "p-tuning-v2",
  title: "P-tuning v2",
  citation: "Liu et al. 2022, P-tuning v2",
  configSchema: pTuningV2ConfigSchema,
  configure: (settings, backbone) =>
    configurePrompts(backbone, settings, settings.layers ?? allLayers(backbone.config)),
});
