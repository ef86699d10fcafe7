/** Settings of LoRA. */

import { z } from "zod";
import { trainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const loraConfigSchema = z.strictObject({
  rank: z.int().positive().default(8).describe("r; LoRA, for RoBERTa"),
  alpha: z.number().positive().default(16).describe("the update is scaled by alpha / r; LoRA, for RoBERTa-large"),
  ...trainConfigSchema.shape,
  learningRate: z.number().positive().default(5e-4).describe("largest rate; LoRA, for RoBERTa-base"),
});

/** Settings of the model alone. */
export type LoraConfig = Pick<z.output<typeof loraConfigSchema>, "rank" | "alpha">;
