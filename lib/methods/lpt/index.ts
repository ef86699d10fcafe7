/** Late prompt tuning: a prompt made from the text, inserted before one middle layer. */

import type { GeneratorKind } from "../../prompt/promptGenerator.js";
import { configurePrompts } from "../layers.js";
import { defineMethod, type TrainMethod } from "../method.js";
import { lptConfigSchema } from "./config.js";

/** From the first token's state. */
export const lptNpg = lateMethod("lpt-npg", "LPT (NPG)", "naive");
/** From the text, averaged over l parts. */
export const lptAppg = lateMethod("lpt-appg", "LPT (APPG)", "pooled");
/** From the greatest values in l parts of the text. */
export const lptMppg = lateMethod("lpt-mppg", "LPT (MPPG)", "max-pooled");

/**
 * The layers below the prompt see the text alone; those above, prompt and text.
 *
 * @source Liu et al. 2022, "Late Prompt Tuning". Their loss is over the whole vocabulary; ours over the label words, as
 *         all methods' here
 */
function lateMethod(id: string, title: string, generator: Exclude<GeneratorKind, "static">): TrainMethod {
  return defineMethod({
    id,
    title,
    citation: "Liu et al. 2022, Late Prompt Tuning",
    configSchema: lptConfigSchema(generator),
    configure: (settings, backbone) =>
      configurePrompts(backbone, settings, settings.layers ?? [Math.floor(backbone.config.layerCount / 2)]),
  });
}
