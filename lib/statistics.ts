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
  /** Score of one seed's predictions, such as `accuracy`. */
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

/** The mean score over seeds, and its percentile interval when seeds and examples are drawn again, both with replacement. */
export function bootstrapScore(method: Predictions, options: BootstrapOptions): Interval {
  return interval(resample([method], options), options);
}

/**
 * Difference of two methods' mean scores, a − b, with its interval. Paired: each resample takes the same seeds and the
 * same examples from both, so what is hard for both does not widen the interval.
 *
 * @returns  also `pValue`: twice the smaller share of resamples on either side of 0 (both count a 0), at most 1
 * @throws ConfigError  when the two were not scored on the same seeds and examples
 * @source Efron & Tibshirani 1993 (percentile interval); examples and seeds are crossed factors, drawn independently
 */
export function pairedBootstrap(
  a: Predictions,
  b: Predictions,
  options: BootstrapOptions,
): Interval & { readonly pValue: number } {
  const { point, samples } = resample([a, b], options);
  const share = (test: (value: number) => boolean): number => samples.filter(test).length / samples.length;
  const pValue = Math.min(
    1,
    2 *
      Math.min(
        share((value) => value <= 0),
        share((value) => value >= 0),
      ),
  );
  return { ...interval({ point, samples }, options), pValue };
}

/** The statistic, score or difference, on what was seen and on each resample. */
function resample(
  methods: readonly Predictions[],
  { labels, metric, resamples = 2000, seed = 1 }: BootstrapOptions,
): { readonly point: number; readonly samples: readonly number[] } {
  const shapes = methods.map(({ predictions }) => [predictions.length, ...predictions.map((row) => row.length)]);
  const expected = [shapes[0]?.[0] ?? 0, ...Array<number>(shapes[0]?.[0] ?? 0).fill(labels.length)];
  if (expected[0] === 0 || labels.length === 0 || shapes.some((shape) => String(shape) !== String(expected))) {
    throw new ConfigError(
      `A bootstrap needs a prediction of each of ${labels.length} examples for the same seeds of every method; got ` +
        `${shapes.map(([seeds, ...sizes]) => `${seeds} seeds with ${sizes.join(", ")}`).join(" and ")}. Compare runs on the same test rows.`,
      { expected, shapes },
    );
  }
  const statistic = (seeds: readonly number[], examples: readonly number[]): number => {
    const drawn = pick(labels, examples);
    const [first = Number.NaN, second = 0] = methods.map(({ predictions }) =>
      mean(seeds.map((row) => metric(drawn, pick(predictions[row] ?? [], examples)))),
    );
    return first - second;
  };
  const random = createRandom(seed).fork("bootstrap");
  const draw = (size: number): number[] => Array.from({ length: size }, () => random.integer(size));
  const seedCount = expected[0] ?? 0;
  const samples = Array.from({ length: resamples }, () => statistic(draw(seedCount), draw(labels.length)));
  return { point: statistic([...Array(seedCount).keys()], [...labels.keys()]), samples };
}

function pick(values: readonly number[], places: readonly number[]): number[] {
  return places.map((place) => values[place] ?? Number.NaN);
}

function interval(
  { point, samples }: ReturnType<typeof resample>,
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
