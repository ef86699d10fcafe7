/** Settings of late prompt tuning. */

import { z } from "zod";
import type { GeneratorKind } from "../../prompt/promptGenerator.js";
import { retrainConfigSchema } from "../../train/config.js";

/** Settings of the variant with the given generator; each default's source is in its description. */
export function lptConfigSchema(generator: Exclude<GeneratorKind, "static">) {
  return z.strictObject({
    layers: z.tuple([z.int().nonnegative()]).optional().describe("layers / 2; LPT (RoBERTa-large: 12 of 24)"),
    ...retrainConfigSchema.shape,
    promptLength: z.int().positive().default(5).describe("l; LPT"),
    bottleneckSize: z.int().positive().optional().describe("m; hidden size / 8, LPT's 128 at 1024"),
    phmDim: z.int().positive().default(1).describe("dense layers; LPT"),
    generator: z.literal(generator).default(generator).describe("LPT"),
    activation: retrainConfigSchema.shape.activation.removeDefault().default("relu").describe("LPT"),
    tau: z.literal(1).default(1).describe("nothing is mixed"),
    batchSize: z.int().positive().default(32).describe("LPT"),
    learningRate: z.number().positive().default(1e-3).describe("largest rate; LPT"),
    epsilon: z.number().positive().default(1e-8).describe("LPT"),
  });
}
