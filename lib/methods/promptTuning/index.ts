/** Prompt tuning: one free prompt at the input layer, the same for every example. */

import { configurePrompts } from "../layers.js";
import { defineMethod } from "../method.js";
import { promptTuningConfigSchema } from "./config.js";

/**
 * l prompt rows in front of the embedding output.
 *
 * @source Lester, Al-Rfou & Constant 2021. They put the prompt before the word embeddings and use a rate of 0.3 with
 *         Adafactor; ours goes behind the embeddings' LayerNorm, as SPT's prompts do, and is trained as they are
 */
export const promptTuningMethod = defineMethod({
  id: "prompt-tuning",
  title: "prompt tuning",
  citation: "Lester, Al-Rfou & Constant 2021",
  configSchema: promptTuningConfigSchema,
  configure: (settings, backbone) => configurePrompts(backbone, settings, settings.layers),
});
