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
}

/** roberta-nano's shape, and those of roberta-base and roberta-large. */
export const SIZES: Readonly<Record<string, BenchSize>> = {
  nano: {
    layerCount: 12,
    hiddenSize: 128,
    headCount: 4,
    intermediateSize: 512,
    vocabSize: 16_384,
    batchSize: 16,
    textLength: 48,
    promptLength: 10,
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
  },
};
