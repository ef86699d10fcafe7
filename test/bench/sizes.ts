/** The model shapes that are timed: random weights, real dimensions. */

/** One shape of a RoBERTa backbone and of the batch it is timed on. */
export interface BenchSize {
  readonly layerCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  readonly batchSize: number;
  /** Text tokens; the prompt rows come on top. */
  readonly textLength: number;
  readonly promptLength: number;
  /** Repetitions of each program. */
  readonly rounds: number;
}

/** The shapes of roberta-nano, roberta-base and roberta-large, all with RoBERTa's vocabulary. */
export const SIZES: Readonly<Record<string, BenchSize>> = {
  nano: {
    layerCount: 12,
    hiddenSize: 128,
    headCount: 4,
    intermediateSize: 512,
    vocabSize: 50_265,
    batchSize: 16,
    textLength: 48,
    promptLength: 10,
    rounds: 15,
  },
  base: {
    layerCount: 12,
    hiddenSize: 768,
    headCount: 12,
    intermediateSize: 3072,
    vocabSize: 50_265,
    batchSize: 8,
    textLength: 64,
    promptLength: 10,
    rounds: 7,
  },
  large: {
    layerCount: 24,
    hiddenSize: 1024,
    headCount: 16,
    intermediateSize: 4096,
    vocabSize: 50_265,
    batchSize: 4,
    textLength: 64,
    promptLength: 10,
    rounds: 5,
  },
};

/** Four prompt layers in the upper half: 6, 9, 10 and 11 of 12. */
export function lateLayers({ layerCount: L }: BenchSize): number[] {
  return [L / 2, (3 * L) / 4, L - 2, L - 1];
}

/** Lengths of the texts of an epoch, shuffled: even steps from an eighth of the longest text to the whole, 16 batches of them. */
export function textLengths({ batchSize, textLength }: BenchSize): number[] {
  const count = 16 * batchSize;
  return Array.from({ length: count }, (_, i) => {
    const shuffled = (i * (count / 2 - 1)) % count; // a step without common divisor visits each once
    return Math.round(textLength * (1 / 8 + (7 / 8) * (shuffled / (count - 1))));
  });
}
