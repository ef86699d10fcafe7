/** Settings of the prompts themselves, shared by the search, by retraining and by the baselines. */

import { z } from "zod";
import type { BackboneConfig } from "../backbone/backbone.js";
import { ConfigError } from "../errors.js";

/** Prompt settings in the order of METHOD.md; each default's source is in its description. */
export const promptConfigSchema = z.strictObject({
  tau: z.number().gt(0).max(1).default(0.5).describe("weight of a fresh prompt at gate 1; METHOD.md (0.5 or 1)"),
  promptLength: z.int().positive().default(10).describe("l, prompt rows; METHOD.md"),
  bottleneckSize: z.int().positive().optional().describe("m; METHOD.md: hidden size / 8"),
  phmDim: z.int().positive().default(4).describe("n of the PHM layers, 1 for dense ones; METHOD.md"),
  generator: z.enum(["pooled", "max-pooled", "static", "naive"]).default("pooled").describe("METHOD.md, section 2"),
  activation: z.enum(["gelu", "relu", "tanh", "identity"]).default("gelu").describe("METHOD.md, section 2"),
  head: z.enum(["cloze", "classifier"]).default("cloze").describe("METHOD.md, section 1"),
  maxLength: z
    .int()
    .positive()
    .optional()
    .describe("longest text in tokens; 128 (P-tuning v2), or what the backbone takes"),
});

/** Settings with every default filled in, those that depend on the backbone as well. */
export type PromptConfig = Required<z.infer<typeof promptConfigSchema>>;

/**
 * Fills in the defaults that depend on the backbone.
 *
 * @throws ConfigError  when `maxLength` is more than the backbone takes
 */
export function resolvePromptConfig(
  config: z.infer<typeof promptConfigSchema>,
  backbone: BackboneConfig,
): PromptConfig {
  const maxLength = resolveMaxLength(config.maxLength, backbone);
  return { ...config, bottleneckSize: config.bottleneckSize ?? Math.floor(backbone.hiddenSize / 8), maxLength };
}

/**
 * The longest text of a run, in tokens.
 *
 * @throws ConfigError  when it is more than the backbone takes
 */
export function resolveMaxLength(wanted: number | undefined, backbone: BackboneConfig): number {
  const maxLength = wanted ?? Math.min(128, backbone.maxLength);
  if (maxLength > backbone.maxLength) {
    throw new ConfigError(
      `maxLength must be at most ${backbone.maxLength}, the longest text of this backbone; got ${maxLength}. Lower maxLength.`,
      { maxLength, allowed: backbone.maxLength },
    );
  }
  return maxLength;
}

/**
 * Checks settings against a schema and fills in its defaults.
 *
 * @throws ConfigError  naming every setting that is unknown or out of range
 */
export function parseConfig<S extends z.ZodType>(schema: S, config: unknown): z.output<S> {
  const parsed = schema.safeParse(config ?? {});
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    `the settings are not usable; change or remove these:\n${z.prettifyError(parsed.error)}`,
    { config, issues: parsed.error.issues },
    { cause: parsed.error },
  );
}
