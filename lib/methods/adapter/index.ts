/** Adapters: a bottleneck behind the attention and behind the feed-forward part of every layer. */

import { defineMethod } from "../method.js";
import { adapterConfigSchema, adapterSize } from "./config.js";
import { createAdapterModel } from "./model.js";

export const adapter = defineMethod({
  id: "adapter",
  title: "Adapter",
  citation: "Houlsby et al. 2019",
  configSchema: adapterConfigSchema,
  configure: (settings, backbone) => {
    const config = { ...settings, bottleneckSize: settings.bottleneckSize ?? adapterSize(backbone.config) };
    return { config, model: createAdapterModel(backbone, { ...config, lowestLayer: 0 }) };
  },
});
