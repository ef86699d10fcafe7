/** Statistics of scores over seeds, examples and tasks: how large a difference is, and how sure one may be of it. */

import { ConfigError } from "./errors.js";
import { createRandom } from "./random.js";

/** Sum over count; NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample, with n − 1; NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** What one method predicted, a row per seed: the examples are the same ones in the same order for every seed. */
export interface Predictions {
  /** [seed][example] */
  readonly predictions: readonly (readonly number[])[];
}

/** How a bootstrap draws. */
export interface BootstrapOptions {
  /** Of every example, in the order of the predictions. */
  readonly labels: readonly number[];
  /** Score of one seed's predictions, such as `accuracy`; the arrays are filled anew for the next call. */
  readonly metric: (labels: readonly number[], predictions: readonly number[]) => number;
  /** Default 2000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** A value and the interval that covers it with the asked-for confidence. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A difference with its interval, and how likely one as far from 0 would be. */
export interface Difference extends Interval {
  readonly pValue: number;
}

/** A mean score over seeds: on what was seen, and on each resample. */
export interface ResampledScore {
  readonly point: number;
  readonly samples: readonly number[];
}

/** The mean score over seeds, and its percentile interval when seeds and examples are drawn again, both with replacement. */
export function bootstrapScore(method: Predictions, options: BootstrapOptions): Interval {
  const [score] = resampleScores([method], options) as [ResampledScore];
  return interval(score, options);
}

/**
 * Difference of two methods' mean scores, a − b, with its interval. Paired: each resample takes the same seeds and the
 * same examples from both, so what is hard for both does not widen the interval.
 *
 * @returns  also `pValue`: twice the smaller share of resamples on either side of 0 (both count a 0), at most 1
 * @throws ConfigError  when the two were not scored on the same seeds and examples
 * @source Efron & Tibshirani 1993 (percentile interval); examples and seeds are crossed factors, drawn independently
 */
export function pairedBootstrap(a: Predictions, b: Predictions, options: BootstrapOptions): Difference {
  const [first, second] = resampleScores([a, b], options) as [ResampledScore, ResampledScore];
  return compareScores(first, second, options);
}

/** Difference a − b of scores that were resampled together, as `pairedBootstrap` gives it. */
export function compareScores(
  a: ResampledScore,
  b: ResampledScore,
  options: Pick<BootstrapOptions, "confidence">,
): Difference {
  const samples = a.samples.map((value, i) => value - (b.samples[i] ?? Number.NaN));
  const share = (test: (value: number) => boolean): number => samples.filter(test).length / samples.length;
  const smaller = Math.min(
    share((value) => value <= 0),
    share((value) => value >= 0),
  );
  return { ...interval({ point: a.point - b.point, samples }, options), pValue: Math.min(1, 2 * smaller) };
}

/**
 * The mean scores of some methods; every resample draws the same seeds and examples for all of them.
 *
 * @throws ConfigError  when they were not scored on the same seeds and examples
 */
export function resampleScores(
  methods: readonly Predictions[],
  { labels, metric, resamples = 2000, seed = 1 }: BootstrapOptions,
): ResampledScore[] {
  const seedCount = methods[0]?.predictions.length ?? 0;
  checkShapes(methods, seedCount, labels.length);
  const random = createRandom(seed).fork("bootstrap");
  const draw = (size: number): number[] => Array.from({ length: size }, () => random.integer(size));
  const [drawnLabels, drawn] = [[...labels], [...labels]];
  const score = ({ predictions }: Predictions, seeds: readonly number[], examples: readonly number[]): number => {
    pick(labels, examples, drawnLabels);
    return mean(seeds.map((row) => metric(drawnLabels, pick(predictions[row] ?? [], examples, drawn))));
  };
  const samples: number[][] = methods.map(() => []);
  for (let resample = 0; resample < resamples; resample++) {
    const [seeds, examples] = [draw(seedCount), draw(labels.length)];
    for (const [i, method] of methods.entries()) samples[i]?.push(score(method, seeds, examples));
  }
  const [seeds, examples] = [[...Array(seedCount).keys()], [...labels.keys()]];
  return methods.map((method, i) => ({ point: score(method, seeds, examples), samples: samples[i] ?? [] }));
}

function checkShapes(methods: readonly Predictions[], seedCount: number, size: number): void {
  const shapes = methods.map(({ predictions }) => [predictions.length, ...predictions.map((row) => row.length)]);
  const expected = [seedCount, ...Array<number>(seedCount).fill(size)];
  if (seedCount > 0 && size > 0 && shapes.every((shape) => String(shape) === String(expected))) return;
  throw new ConfigError(
    `A bootstrap needs a prediction of each of ${size} examples for the same seeds of every method; got ` +
      `${shapes.map(([seeds, ...sizes]) => `${seeds} seeds with ${sizes.join(", ")}`).join(" and ")}. Compare runs on the same test rows.`,
    { expected, shapes },
  );
}

/** Fills `drawn` with the values at some places. */
function pick(values: readonly number[], places: readonly number[], drawn: number[]): readonly number[] {
  for (let i = 0; i < drawn.length; i++) drawn[i] = values[places[i] ?? Number.NaN] ?? Number.NaN;
  return drawn;
}

/** The percentile interval of a resampled score. */
export function interval(
  { point, samples }: ResampledScore,
  { confidence = 0.95 }: Pick<BootstrapOptions, "confidence">,
): Interval {
  const sorted = [...samples].sort((x, y) => x - y);
  const tail = (1 - confidence) / 2;
  return { value: point, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** Of ascending values, by linear interpolation between neighbours (R's type 7). */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** How often `a` scored more than, within `margin` of, and less than `b`, pair by pair. */
export function winTieLoss(
  a: readonly number[],
  b: readonly number[],
  margin = 0,
): { readonly wins: number; readonly ties: number; readonly losses: number } {
  const differences = a.map((score, i) => score - (b[i] ?? Number.NaN));
  const wins = differences.filter((difference) => difference > margin).length;
  const losses = differences.filter((difference) => difference < -margin).length;
  return { wins, ties: differences.length - wins - losses, losses };
}
