/** Settings of full fine-tuning. */

import { z } from "zod";
import { trainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const fullConfigSchema = z.strictObject({
  ...trainConfigSchema.shape,
  learningRate: z.number().positive().default(5e-4).describe("largest rate; ours, for roberta-nano"),
  evaluateEvery: z.int().positive().default(50).describe("steps between scores on dev; ours"),
});
