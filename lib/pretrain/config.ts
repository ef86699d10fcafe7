/** Settings of a pre-training run. */

import { z } from "zod";
import { ConfigError } from "../errors.js";

const count = z.int().positive();
const share = z.number().min(0).max(1);

const schema = z
  .object({
    /** Text files or folders. */
    corpus: z.array(z.string()).min(1),
    /** Folder of checkpoint, tokens and exported model. */
    output: z.string(),
    /** Name in the model card. */
    name: z.string().default("roberta-nano"),
    /** Markdown file whose text the model card takes over: where the text comes from, licences, limits. */
    cardNotes: z.string().optional(),
    seed: z.int().default(13),
    /** Kind of vocabulary that is trained where `output` has no tokenizer.json yet. */
    tokenizer: z.enum(["wordpiece", "bpe"]).default("wordpiece"),
    vocabSize: count.default(16_384), // ours: embeddings are half of a model of this size
    hiddenSize: count.default(128), // ours, as are heads and intermediate size: BERT-tiny's width, deep enough to choose layers
    headCount: count.default(4),
    intermediateSize: count.default(512),
    /** Longest text in tokens, special tokens included. */
    maxLength: count.default(128),
    /** Layer counts of the phases; each is a multiple of the one before, whose layers are copied (Gong et al. 2019). */
    layersSchedule: z.array(count).min(1).default([3, 6, 12]), // ours, see docs/PRETRAINING.md
    /** Share of the run that each phase takes. */
    phaseShares: z.array(share).default([0.5, 0.2, 0.3]), // ours
    /** Length of the run: one of the two. Only runs of `steps` repeat bit for bit. */
    minutes: z.number().positive().optional(),
    steps: count.optional(),
    batchSize: count.default(64),
    rowLength: count.default(64),
    /** Each such step takes half as many rows of `maxLength`, so that all positions are trained; 0 for never. */
    longRowEvery: z.int().nonnegative().default(5), // ours
    maskShare: share.default(0.15), // Devlin et al. 2019
    /** Highest rate of the first phase; deeper phases take sqrt(layers of the first / layers) of it. */
    learningRate: z.number().positive().default(2e-3), // ours, see docs/PRETRAINING.md
    /** Warm-up of every phase. */
    warmupSteps: count.default(80), // ours
    weightDecay: z.number().nonnegative().default(0.01), // Liu et al. 2019
    clipNorm: z.number().positive().default(1), // ours
    beta1: share.default(0.9),
    beta2: share.default(0.98), // Liu et al. 2019
    /** Folder of labelled text for intermediate-task training; undefined for none. */
    auxiliary: z.string().optional(),
    /** Files whose documents all stand for one word. */
    sortedText: z.array(z.object({ word: z.string(), file: z.string() })).default([]),
    /** Share of rows that are cloze rows, by phase; used with `auxiliary` or `sortedText`. */
    auxiliaryShares: z.array(share).default([0.15, 0.2, 0.3]), // ours
    /** Factor on the mean cloze loss beside 1 for the mean masked-token loss. */
    clozeWeight: z.number().nonnegative().default(0.2), // ours: at 1 its noise drowned the masked-token gradient
    /** Whether word embeddings start from GloVe vectors. */
    isGlove: z.boolean().default(true),
    heldOutShare: share.default(0.004),
    /** Batches of held-out text that are evaluated. */
    heldOutBatches: count.default(6),
    evaluateEverySteps: count.default(500),
    checkpointEveryMinutes: z.number().positive().default(5),
  })
  .strict();

/** What a caller gives. */
export type PretrainOptions = z.input<typeof schema>;

/** The resolved settings. */
export type PretrainConfig = z.output<typeof schema>;

/**
 * Fills in defaults and checks the settings against one another.
 *
 * @throws ConfigError  naming the setting
 */
export function resolvePretrainConfig(options: PretrainOptions): PretrainConfig {
  const parsed = schema.safeParse(options);
  if (!parsed.success)
    throw new ConfigError(
      `Pre-training settings are wrong:\n${z.prettifyError(parsed.error)}`,
      {},
      { cause: parsed.error },
    );
  const config = parsed.data;
  const { layersSchedule, phaseShares, auxiliaryShares } = config;
  if ((config.minutes === undefined) === (config.steps === undefined)) {
    throw new ConfigError("Give the length of the run either as minutes or as steps.", {
      minutes: config.minutes,
      steps: config.steps,
    });
  }
  layersSchedule.forEach((layers, i) => {
    const before = layersSchedule[i - 1] ?? layers;
    if (layers % before !== 0) {
      throw new ConfigError(
        `Each layer count of layersSchedule must be a multiple of the one before; got ${layers} after ${before}.`,
        { layersSchedule },
      );
    }
  });
  const phaseCount = layersSchedule.length;
  if (phaseShares.length < phaseCount || auxiliaryShares.length < phaseCount) {
    throw new ConfigError(
      `phaseShares and auxiliaryShares must have ${phaseCount} entries, one a phase; got ${phaseShares.length} and ${auxiliaryShares.length}.`,
      { phaseShares, auxiliaryShares },
    );
  }
  if (config.rowLength > config.maxLength) {
    throw new ConfigError(`rowLength must be at most maxLength (${config.maxLength}); got ${config.rowLength}.`, {
      rowLength: config.rowLength,
    });
  }
  return config;
}
