/** Ranks of several methods over several tasks: Friedman's test, and the difference of mean ranks that Nemenyi's asks for. */

import { ConfigError } from "./errors.js";
import { mean } from "./statistics.js";

/** What the ranks say. */
export interface RankComparison {
  /** Mean rank of each method, 1 the best; equal scores share the mean of their ranks. */
  readonly meanRanks: readonly number[];
  /** Friedman's chi-square with k − 1 degrees of freedom, not corrected for ties. */
  readonly chiSquare: number;
  /** Iman and Davenport's F, with k − 1 and (k − 1)(N − 1) degrees; Infinity where all tasks agree. */
  readonly fStatistic: number;
  /** Of chi-square: the chance of such ranks if all methods were alike. */
  readonly pValue: number;
  /** Methods whose mean ranks differ by less are not told apart at `alpha`. */
  readonly criticalDifference: number;
}

/**
 * Compares k methods on N tasks.
 *
 * @param scores  [task][method], the more the better
 * @param alpha   level of the critical difference
 * @throws ConfigError  when there are fewer than two methods or tasks, or a score is missing
 * @source Demšar 2006, sections 3.2.2 (equations of the statistics) and 3.2.3 (critical difference)
 */
export function compareRanks(scores: readonly (readonly number[])[], alpha = 0.05): RankComparison {
  const N = scores.length;
  const k = scores[0]?.length ?? 0;
  if (N < 2 || k < 2 || scores.some((row) => row.length !== k || !row.every(Number.isFinite))) {
    throw new ConfigError(
      `Ranks need a score of each of two or more methods on two or more tasks; got ${N} tasks with ` +
        `${scores.map((row) => row.filter(Number.isFinite).length).join(", ")} scores. Leave out what was not run everywhere.`,
      { taskCount: N, methodCount: k },
    );
  }
  const ranks = scores.map(descendingRanks);
  const meanRanks = [...Array(k).keys()].map((method) => mean(ranks.map((row) => row[method] ?? Number.NaN)));
  const squares = meanRanks.reduce((sum, rank) => sum + rank ** 2, 0);
  const chiSquare = ((12 * N) / (k * (k + 1))) * (squares - (k * (k + 1) ** 2) / 4);
  const rest = N * (k - 1) - chiSquare;
  return {
    meanRanks,
    chiSquare,
    fStatistic: rest < 1e-9 ? Number.POSITIVE_INFINITY : ((N - 1) * chiSquare) / rest,
    pValue: 1 - lowerGamma((k - 1) / 2, chiSquare / 2),
    criticalDifference: nemenyiQuantile(k, alpha) * Math.sqrt((k * (k + 1)) / (6 * N)),
  };
}

/** The studentised range's upper `alpha` point for k groups and infinitely many degrees of freedom, over √2. */
export function nemenyiQuantile(k: number, alpha: number): number {
  let [low, high] = [0, 20];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (rangeProbability(middle, k) < 1 - alpha) low = middle;
    else high = middle;
  }
  return low / Math.SQRT2;
}

/** Chance that k standard normal values lie within `range` of each other: k ∫ φ(z) (Φ(z + range) − Φ(z))^(k−1) dz. */
function rangeProbability(range: number, k: number): number {
  const step = 0.02; // the trapezoid rule is exact to rounding for so smooth an integrand
  let sum = 0;
  for (let z = -9; z <= 9; z += step) {
    sum += Math.exp((-z * z) / 2) * (normalCdf(z + range) - normalCdf(z)) ** (k - 1);
  }
  return (k * step * sum) / Math.sqrt(2 * Math.PI);
}

function normalCdf(z: number): number {
  const half = lowerGamma(0.5, (z * z) / 2) / 2;
  return z < 0 ? 0.5 - half : 0.5 + half;
}

/** Regularised lower incomplete gamma function P(a, x), by its series. */
function lowerGamma(a: number, x: number): number {
  if (x <= 0) return 0;
  if (x > 300) return 1;
  let term = Math.exp(a * Math.log(x) - x - logGamma(a + 1));
  let sum = term;
  for (let n = 1; term > sum * 1e-16; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return Math.min(1, sum);
}

/** ln Γ of a multiple of 1/2, by Γ(a) = (a − 1) Γ(a − 1) down to Γ(1) = 1 or Γ(1/2) = √π. */
function logGamma(a: number): number {
  if (a === 1) return 0;
  return a === 0.5 ? Math.log(Math.PI) / 2 : Math.log(a - 1) + logGamma(a - 1);
}

function descendingRanks(row: readonly number[]): number[] {
  const sorted = [...row].sort((a, b) => b - a);
  return row.map((score) => (sorted.indexOf(score) + sorted.lastIndexOf(score)) / 2 + 1);
}
