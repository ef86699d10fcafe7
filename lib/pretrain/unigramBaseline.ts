/** What masked-token prediction reaches without any context. */

import type { MlmBatch } from "./mlmBatch.js";
import { DOCUMENT_END } from "./tokenStream.js";

/** Figures of the model that predicts every masked token by its share in the training text. */
export interface UnigramBaseline {
  /** Mean cross entropy in nats. */
  readonly loss: number;
  /** Share of masked positions that hold the most frequent token. */
  readonly accuracy: number;
}

/** Scores add-one token frequencies of the training stream (document ends left out) on the masked positions of `batches`. */
export function unigramBaseline(train: Uint16Array, batches: readonly MlmBatch[], vocabSize: number): UnigramBaseline {
  const counts = new Float64Array(vocabSize).fill(1);
  let total = vocabSize;
  for (const id of train) {
    if (id === DOCUMENT_END) continue;
    counts[id] = (counts[id] ?? 0) + 1;
    total++;
  }
  const top = counts.reduce((best, count, id) => (count > (counts[best] ?? 0) ? id : best), 0);
  let loss = 0;
  let right = 0;
  let positions = 0;
  for (const { targets } of batches) {
    for (const target of targets) {
      loss -= Math.log((counts[target] ?? 1) / total);
      if (target === top) right++;
      positions++;
    }
  }
  return { loss: loss / positions, accuracy: right / positions };
}
