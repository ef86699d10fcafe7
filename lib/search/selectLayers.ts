/** From gates to prompt layers. */

import { ConfigError } from "../errors.js";

/** What `selectLayers` reads of a search's record. */
export interface GatedRecord {
  /** Gates after the last step, one per layer. */
  readonly gates: readonly number[];
  readonly config: { readonly topK: number };
}

/**
 * The K layers with the largest gates, ascending; of equal gates the lower layer wins.
 *
 * @param options.topK  K; default: the search's own setting
 * @throws ConfigError  when K is not a whole number from 1 to the number of layers
 * @source METHOD.md, section 3
 */
export function selectLayers(search: GatedRecord, options: { readonly topK?: number } = {}): number[] {
  const topK = options.topK ?? search.config.topK;
  checkTopK(topK, search.gates.length);
  return search.gates
    .map((gate, layer) => ({ gate, layer }))
    .sort((a, b) => b.gate - a.gate || a.layer - b.layer)
    .slice(0, topK)
    .map(({ layer }) => layer)
    .sort((a, b) => a - b);
}

/** @throws ConfigError  when `topK` is not a whole number from 1 to `layerCount` */
export function checkTopK(topK: number, layerCount: number): void {
  if (Number.isInteger(topK) && topK >= 1 && topK <= layerCount) return;
  const remedy = topK > layerCount ? "Lower topK" : "Choose a whole number for topK";
  throw new ConfigError(
    `topK must be between 1 and ${layerCount} (the backbone has ${layerCount} layers); got ${topK}. ${remedy} in the retrain cell.`,
    { topK, layerCount },
  );
}
