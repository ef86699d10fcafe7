/** Settings of a search: prompts, gates, the two levels and their optimisers. */

import { z } from "zod";
import type { BackboneConfig } from "../backbone/backbone.js";
import { type PromptConfig, parseConfig, promptConfigSchema, resolvePromptConfig } from "../prompt/config.js";
import { optimizerConfigSchema, promptPart } from "../train/config.js";
import { checkTopK } from "./selectLayers.js";

/** Search settings in the order of METHOD.md; each default's source is in its description. */
export const searchConfigSchema = z.strictObject({
  ...promptConfigSchema.shape,
  topK: z.int().optional().describe("K, prompt layers to select; METHOD.md: layers / 4, rounded up"),
  isReparameterised: z.boolean().default(true).describe("gates compete; METHOD.md, section 4 (false: DARTS)"),
  isConsistent: z.boolean().default(true).describe("second, masked pass; METHOD.md, section 4 (false: DARTS)"),
  maskRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("s, probability that a gate stays open in the masked pass; METHOD.md"),
  consistencyWeight: z.number().min(0).default(1).describe("lambda; METHOD.md"),
  order: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe("METHOD.md; 2 unrolls one weight step"),
  secondOrder: z
    .enum(["finite-difference", "exact"])
    .optional()
    .describe("of order 2, its Hessian-vector product; finite-difference, the default: DARTS; both: METHOD.md"),
  isSingleLevel: z
    .boolean()
    .optional()
    .describe("both levels on the same batches of all of train; DARTS, section 3.3; default: no"),
  weightsShare: z.number().gt(0).lt(1).default(0.5).describe("share of train that is D_omega; METHOD.md: 1 : 1"),
  ...optimizerConfigSchema.shape,
  steps: z.int().positive().default(100).describe("rounds of one step per level; ours, for about 500 examples"),
  alphaLearningRate: z.number().positive().default(0.02).describe("constant; ours (DARTS: 3e-4 over 50 epochs)"),
  alphaBetas: z.tuple([z.number(), z.number()]).default([0.5, 0.999]).describe("DARTS"),
});

/** What a caller may set. */
export type SearchConfigInput = z.input<typeof searchConfigSchema>;

/** Settings with every default filled in. */
export type SearchConfig = PromptConfig &
  Required<Omit<z.output<typeof searchConfigSchema>, UnsetByDefault>> &
  Pick<z.output<typeof searchConfigSchema>, UnsetByDefault>;

/** What is no part of a run's identity unless somebody sets it. */
type UnsetByDefault = "isSingleLevel" | "secondOrder" | "schedule";

/** Checks settings and fills in the defaults, those that depend on the backbone as well; throws ConfigError. */
export function resolveSearchConfig(config: SearchConfigInput | undefined, backbone: BackboneConfig): SearchConfig {
  const parsed = parseConfig(searchConfigSchema, config);
  const topK = parsed.topK ?? Math.ceil(backbone.layerCount / 4);
  checkTopK(topK, backbone.layerCount);
  return { ...parsed, ...resolvePromptConfig(promptPart(parsed), backbone), topK };
}
