/** Softmax regression on fixed features: how much of a task a frozen representation already shows. */

import { ShapeError } from "../errors.js";

/** Features and labels of one split; `values` is row-major, [rowCount, featureCount]. */
export interface FeatureRows {
  readonly values: Float32Array;
  readonly featureCount: number;
  readonly labels: readonly number[];
}

/** L2 penalties among which the development rows choose. */
const PENALTIES = [1e-4, 1e-3, 1e-2] as const;
const ITERATIONS = 300;

/**
 * Trains on standardised features with each of three L2 penalties, keeps the one that is best on `dev` (the smaller on a tie), and
 * scores `test`. Full-batch gradient descent with momentum: nothing is drawn at random.
 *
 * @returns accuracy on the test rows and the penalty that was chosen
 * @throws ShapeError  when the splits differ in their number of features
 */
export function probeAccuracy(
  train: FeatureRows,
  dev: FeatureRows,
  test: FeatureRows,
): { accuracy: number; penalty: number } {
  if (new Set([train, dev, test].map(({ featureCount }) => featureCount)).size > 1) {
    const counts = [train, dev, test].map(({ featureCount }) => featureCount);
    throw new ShapeError(`The three splits must have the same number of features; got ${counts.join(", ")}.`, {
      counts,
    });
  }
  const scaling = standardiser(train);
  const [x, xDev, xTest] = [train, dev, test].map((rows) => scaling(rows)) as [FeatureRows, FeatureRows, FeatureRows];
  const classCount = Math.max(...train.labels) + 1;
  const tried = PENALTIES.map((penalty) => {
    const weights = fitWeights(x, classCount, penalty);
    return { penalty, weights, dev: accuracyOf(xDev, weights, classCount) };
  });
  const best = tried.reduce((a, b) => (b.dev > a.dev ? b : a));
  return { accuracy: accuracyOf(xTest, best.weights, classCount), penalty: best.penalty };
}

/** Shifts and scales every feature by the mean and deviation it has in `train`. */
function standardiser(train: FeatureRows): (rows: FeatureRows) => FeatureRows {
  const { featureCount: F } = train;
  const count = train.labels.length;
  const mean = new Float64Array(F);
  const square = new Float64Array(F);
  train.values.forEach((value, i) => {
    mean[i % F] = (mean[i % F] ?? 0) + value / count;
    square[i % F] = (square[i % F] ?? 0) + (value * value) / count;
  });
  const deviation = square.map((value, f) => Math.sqrt(Math.max(1e-12, value - (mean[f] ?? 0) ** 2)));
  return (rows) => ({
    ...rows,
    values: rows.values.map((value, i) => (value - (mean[i % F] ?? 0)) / (deviation[i % F] ?? 1)),
  });
}

/** Weights [classCount, F + 1], the last column the bias, which is not penalised. */
function fitWeights(rows: FeatureRows, classCount: number, penalty: number): Float64Array {
  const { featureCount: F, labels, values } = rows;
  const width = F + 1;
  const weights = new Float64Array(classCount * width);
  const velocity = new Float64Array(weights.length);
  const gradient = new Float64Array(weights.length);
  const errors = new Float64Array(classCount);
  // The curvature is at most F / 2 (F standardised features that all agree), so momentum 0.9 is stable up to 7.6 / F.
  const rate = 2 / F;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    gradient.fill(0);
    for (let n = 0; n < labels.length; n++) {
      writeProbabilities(rows, n, weights, errors);
      errors[labels[n] ?? 0] = (errors[labels[n] ?? 0] ?? 0) - 1;
      for (let c = 0; c < classCount; c++) {
        const scaled = (errors[c] ?? 0) / labels.length;
        const row = c * width;
        for (let f = 0; f < F; f++) gradient[row + f] = (gradient[row + f] ?? 0) + scaled * (values[n * F + f] ?? 0);
        gradient[row + F] = (gradient[row + F] ?? 0) + scaled;
      }
    }
    for (let i = 0; i < weights.length; i++) {
      const decay = i % width === F ? 0 : penalty * (weights[i] ?? 0);
      velocity[i] = 0.9 * (velocity[i] ?? 0) - rate * ((gradient[i] ?? 0) + decay);
      weights[i] = (weights[i] ?? 0) + (velocity[i] ?? 0);
    }
  }
  return weights;
}

function accuracyOf(rows: FeatureRows, weights: Float64Array, classCount: number): number {
  const probabilities = new Float64Array(classCount);
  let right = 0;
  rows.labels.forEach((label, n) => {
    writeProbabilities(rows, n, weights, probabilities);
    if (probabilities.indexOf(Math.max(...probabilities)) === label) right++;
  });
  return right / rows.labels.length;
}

/** Class probabilities of row `n`, written into `probabilities`. */
function writeProbabilities(rows: FeatureRows, n: number, weights: Float64Array, probabilities: Float64Array): void {
  const { featureCount: F, values } = rows;
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < probabilities.length; c++) {
    let score = weights[c * (F + 1) + F] ?? 0;
    for (let f = 0; f < F; f++) score += (weights[c * (F + 1) + f] ?? 0) * (values[n * F + f] ?? 0);
    probabilities[c] = score;
    if (score > top) top = score;
  }
  let total = 0;
  for (let c = 0; c < probabilities.length; c++) {
    const power = Math.exp((probabilities[c] ?? 0) - top);
    probabilities[c] = power;
    total += power;
  }
  for (let c = 0; c < probabilities.length; c++) probabilities[c] = (probabilities[c] ?? 0) / total;
}
