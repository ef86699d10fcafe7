/** Settings of P-tuning v2. */

import { z } from "zod";
import { retrainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const pTuningV2ConfigSchema = z.strictObject({
  layers: z.array(z.int()).optional().describe("all layers; P-tuning v2"),
  ...retrainConfigSchema.shape,
  promptLength: z.int().positive().default(10).describe("l; as SPT's (P-tuning v2: 128 for RTE)"),
  generator: z.literal("static").default("static").describe("free prompts; P-tuning v2"),
  tau: z.literal(1).default(1).describe("nothing is mixed"),
});
