/** Few-shot splits, and the two halves that the bi-level search trains on: stratified and seeded. */

import { DataError } from "../errors.js";
import { createRandom, type Random } from "../random.js";
import type { Example } from "./task.js";

/** A small training set and the development set that goes with it; no row is in both. */
export interface FewShotSplit {
  readonly train: readonly Example[];
  readonly dev: readonly Example[];
}

/**
 * Draws `trainSize` examples in total, in the class proportions of `examples` (at least one of each class), and
 * development examples from the rest.
 *
 * @param options.trainSize  k, examples in total
 * @param options.devSize    default 1000, or all that is left when there are fewer
 * @throws DataError  when `examples` has too few rows, or k is smaller than the number of classes
 * @source Liu et al. 2022 (k in total, stratified, 1000 development examples from train)
 */
export function sampleFewShot(
  examples: readonly Example[],
  options: { readonly trainSize: number; readonly devSize?: number; readonly seed: number },
): FewShotSplit {
  const { trainSize, seed } = options;
  const classCount = new Set(examples.map((example) => example.label)).size;
  if (!Number.isInteger(trainSize) || trainSize < classCount || trainSize > examples.length) {
    throw new DataError(
      `trainSize must be a whole number from ${classCount} (one example of each class) to ${examples.length} (all ` +
        `examples); got ${trainSize}. Change trainSize.`,
      { trainSize, classCount, exampleCount: examples.length },
    );
  }
  const left = examples.length - trainSize;
  const devSize = options.devSize ?? Math.min(1000, left);
  if (!Number.isInteger(devSize) || devSize < 0 || devSize > left) {
    throw new DataError(
      `devSize must be a whole number from 0 to ${left} (${examples.length} examples less ${trainSize} for training); ` +
        `got ${devSize}. Lower devSize or trainSize.`,
      { devSize, trainSize, exampleCount: examples.length },
    );
  }
  const random = createRandom(seed).fork("few-shot");
  const [train, rest] = drawStratified(examples, trainSize, random);
  const [dev] = drawStratified(rest, devSize, random);
  return { train, dev };
}

/**
 * Cuts training data into the disjoint sets D_omega (weights) and D_alpha (gates), each in the class proportions of
 * the whole.
 *
 * @param options.weightsShare  share that goes to the weights; default 0.5
 * @throws DataError  when either part would be empty
 * @source Liu, Simonyan & Yang 2019 (DARTS: halves of the training data)
 */
export function splitForSearch(
  examples: readonly Example[],
  options: { readonly seed: number; readonly weightsShare?: number },
): { readonly forWeights: readonly Example[]; readonly forAlphas: readonly Example[] } {
  const size = Math.round(examples.length * (options.weightsShare ?? 0.5));
  if (!(size > 0 && size < examples.length)) {
    throw new DataError(
      `A search needs examples for the weights and for the gates; got ${examples.length} examples and ` +
        `weightsShare ${options.weightsShare ?? 0.5}. Give more examples, or a share between 0 and 1.`,
      { exampleCount: examples.length, weightsShare: options.weightsShare },
    );
  }
  const [forWeights, forAlphas] = drawStratified(examples, size, createRandom(options.seed).fork("search-split"));
  return { forWeights, forAlphas };
}

/** `size` examples in the class proportions of all (largest remainders), shuffled, and the others, shuffled. */
function drawStratified(examples: readonly Example[], size: number, random: Random): [Example[], Example[]] {
  const labels = [...new Set(examples.map((example) => example.label))].sort((a, b) => a - b);
  const groups = labels.map((label) => random.shuffle(examples.filter((example) => example.label === label)));
  const quotas = apportion(
    groups.map((group) => group.length),
    size,
  );
  const taken = groups.flatMap((group, index) => group.slice(0, quotas[index]));
  const others = groups.flatMap((group, index) => group.slice(quotas[index]));
  return [random.shuffle(taken), random.shuffle(others)];
}

/** Whole numbers that add up to `size`, in proportion to `counts`; one for every class if `size` allows. */
function apportion(counts: readonly number[], size: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (total === 0 ? 0 : (count * size) / total));
  const least = size >= counts.length ? 1 : 0;
  const quotas = exact.map((share) => Math.max(least, Math.floor(share)));
  const order = exact.map((_, index) => index);
  const gap = (index: number): number => (exact[index] ?? 0) - (quotas[index] ?? 0);
  for (
    let missing = size - quotas.reduce((sum, quota) => sum + quota, 0);
    missing !== 0;
    missing -= Math.sign(missing)
  ) {
    const sign = Math.sign(missing);
    const open = order.filter((index) => (sign > 0 ? true : (quotas[index] ?? 0) > least));
    const next = open.reduce((best, index) => (sign * (gap(index) - gap(best)) > 0 ? index : best));
    quotas[next] = (quotas[next] ?? 0) + sign;
  }
  return quotas;
}
