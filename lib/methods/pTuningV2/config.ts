/** Settings of P-tuning v2. */

import { z } from "zod";
import { trainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const pTuningV2ConfigSchema = z.strictObject({
  promptLength: z.int().positive().default(10).describe("l; as SPT's (P-tuning v2: 128 for RTE)"),
  ...trainConfigSchema.shape,
  learningRate: z.number().positive().default(5e-3).describe("largest rate; P-tuning v2, for RTE"),
});

/** Settings of the model alone. */
export type PTuningV2Config = Pick<z.output<typeof pTuningV2ConfigSchema>, "promptLength">;
