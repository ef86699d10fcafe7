/** Settings of BitFit. */

import { z } from "zod";
import { trainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const bitfitConfigSchema = z.strictObject({
  ...trainConfigSchema.shape,
  learningRate: z.number().positive().default(1e-3).describe("largest rate; the largest that BitFit's authors try"),
});
