/** AdapterDrop: adapters without those of the lower layers, whose states are then computed once. */

import { adapterSize } from "../adapter/config.js";
import { createAdapterModel } from "../adapter/model.js";
import { defineMethod } from "../method.js";
import { adapterDropConfigSchema, resolveDroppedLayers } from "./config.js";

/** The specialised variant: the same layers are left out in training and afterwards. */
export const adapterDrop = defineMethod({
  id: "adapter-drop",
  title: "AdapterDrop",
  citation: "Rücklé et al. 2021",
  configSchema: adapterDropConfigSchema,
  configure: (settings, backbone) => {
    const droppedLayers = resolveDroppedLayers(settings.droppedLayers, backbone.config);
    const bottleneckSize = settings.bottleneckSize ?? adapterSize(backbone.config);
    const config = { ...settings, droppedLayers, bottleneckSize };
    return { config, model: createAdapterModel(backbone, { ...config, lowestLayer: droppedLayers }) };
  },
});
