/** Settings of adapters. */

import { z } from "zod";
import type { BackboneConfig } from "../../backbone/backbone.js";
import { promptConfigSchema } from "../../prompt/config.js";
import { trainConfigSchema } from "../../train/config.js";

/** Each default's source is in its description. */
export const adapterConfigSchema = z.strictObject({
  bottleneckSize: z.int().positive().optional().describe("m; hidden size / 16, the 64 of Houlsby et al. at 1024"),
  activation: promptConfigSchema.shape.activation.describe("Houlsby et al., released code"),
  ...trainConfigSchema.shape,
  learningRate: z.number().positive().default(3e-3).describe("largest rate; the largest that Houlsby et al. try"),
});

/** The bottleneck that a backbone gets when none is set. */
export function adapterSize({ hiddenSize }: BackboneConfig): number {
  return Math.max(1, Math.floor(hiddenSize / 16));
}
