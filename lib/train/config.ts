/** Settings of training: the optimiser, its schedule, and how long it runs. */

import { z } from "zod";
import type { BackboneConfig } from "../backbone/backbone.js";
import { AdamW, constantSchedule, linearSchedule } from "../engine/index.js";
import { type PromptConfig, parseConfig, promptConfigSchema, resolvePromptConfig } from "../prompt/config.js";
import type { Variables } from "../prompt/weights.js";

/** Optimiser settings of the weights; each default's source is in its description. */
export const optimizerConfigSchema = z.strictObject({
  steps: z.int().positive().default(300).describe("updates; ours, for about 500 examples (LPT: 1000)"),
  batchSize: z.int().positive().default(16).describe("IDPG"),
  learningRate: z.number().positive().default(5e-3).describe("largest rate; P-tuning v2 and IDPG's largest"),
  schedule: z
    .enum(["linear", "constant"])
    .optional()
    .describe("linear: decays to 0 behind the warm-up, the default, LPT; constant: IDPG"),
  warmupRatio: z.number().min(0).lt(1).default(0.06).describe("share of steps; LPT"),
  weightDecay: z.number().min(0).default(0.1).describe("LPT"),
  betas: z.tuple([z.number(), z.number()]).default([0.9, 0.98]).describe("IDPG"),
  epsilon: z.number().positive().default(1e-6).describe("IDPG"),
  clipNorm: z.number().nonnegative().default(1).describe("largest global gradient norm; LPT (0: any)"),
});

/** Settings that every method has. */
export const trainConfigSchema = z.strictObject({
  head: promptConfigSchema.shape.head,
  maxLength: promptConfigSchema.shape.maxLength,
  ...optimizerConfigSchema.shape,
  evaluateEvery: z.int().positive().default(100).describe("steps between scores on dev; LPT"),
  activationCacheMb: z
    .number()
    .nonnegative()
    .default(512)
    .describe("memory for the states below the prompts, which are computed once; more go to a file; 0: no cache; ours"),
});

/** Settings that every method has, with every default filled in. */
export type TrainConfig = z.output<typeof trainConfigSchema> & {
  readonly maxLength: number;
  readonly promptLength?: number;
};

/** Settings of `retrain` and of the baselines that train prompts. */
export const retrainConfigSchema = z.strictObject({ ...promptConfigSchema.shape, ...trainConfigSchema.shape });

/** What a caller may set. */
export type RetrainConfigInput = z.input<typeof retrainConfigSchema>;

/** Settings with every default filled in. */
export type RetrainConfig = PromptConfig & z.output<typeof retrainConfigSchema>;

/** Checks settings and fills in the defaults; throws ConfigError. */
export function resolveRetrainConfig(config: RetrainConfigInput | undefined, backbone: BackboneConfig): RetrainConfig {
  const parsed = parseConfig(retrainConfigSchema, config);
  return { ...parsed, ...resolvePromptConfig(promptPart(parsed), backbone) };
}

/** The prompt settings among others. */
export function promptPart<C extends z.output<typeof promptConfigSchema>>(
  config: C,
): z.output<typeof promptConfigSchema> {
  const names = Object.keys(promptConfigSchema.shape);
  return Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name))) as C;
}

/** AdamW over `variables`; those of one axis, biases and LayerNorm, do not decay. */
export function createOptimizer(variables: Variables, config: z.output<typeof optimizerConfigSchema>): AdamW {
  const { betas, epsilon, weightDecay, clipNorm } = config;
  return new AdamW(variables, {
    betas,
    epsilon,
    weightDecay,
    ...(clipNorm > 0 && { clipNorm }),
    noDecay: (name) => variables[name]?.rank === 1,
  });
}

/** Learning rate of each step: linear warm-up from the first step on, then as `schedule` says. */
export function learningRateAt(config: z.output<typeof optimizerConfigSchema>): (step: number) => number {
  const { steps, warmupRatio, learningRate, schedule } = config;
  const spans = { warmupSteps: Math.round(steps * warmupRatio), totalSteps: steps };
  const multiplier = schedule === "constant" ? constantSchedule(spans) : linearSchedule(spans);
  return (step) => learningRate * multiplier(step);
}
