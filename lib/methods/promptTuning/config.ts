/** Settings of prompt tuning. */

import { z } from "zod";
import { retrainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const promptTuningConfigSchema = z.strictObject({
  layers: z
    .tuple([z.literal(0)])
    .default([0])
    .describe("the input layer; Lester et al."),
  ...retrainConfigSchema.shape,
  generator: z.literal("static").default("static").describe("a free prompt; Lester et al."),
  tau: z.literal(1).default(1).describe("nothing is mixed"),
});
