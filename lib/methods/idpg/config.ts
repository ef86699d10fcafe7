/** Settings of instance-dependent prompt generation. */

import { z } from "zod";
import { promptConfigSchema } from "../../prompt/config.js";
import { trainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const idpgConfigSchema = z.strictObject({
  isMultiLayer: z.boolean().default(false).describe("a prompt at every layer, not at the input alone; IDPG"),
  promptLength: z.int().positive().default(5).describe("l; IDPG"),
  bottleneckSize: z.int().positive().default(16).describe("m; IDPG"),
  phmDim: z.int().positive().default(16).describe("n of the PHM layers; IDPG"),
  activation: promptConfigSchema.shape.activation.describe("IDPG"),
  ...trainConfigSchema.shape,
  learningRate: z.number().positive().default(5e-3).describe("IDPG's largest"),
  schedule: z.enum(["linear", "constant"]).default("constant").describe("IDPG"),
  warmupRatio: z.number().min(0).lt(1).default(0).describe("share of steps; IDPG"),
  clipNorm: z
    .number()
    .nonnegative()
    .default(0)
    .describe("largest global gradient norm, 0: any; IDPG's released scripts"),
});

/** Settings of the model alone. */
export type IdpgConfig = Pick<
  z.output<typeof idpgConfigSchema>,
  "isMultiLayer" | "promptLength" | "bottleneckSize" | "phmDim" | "activation"
>;
