/** Classifiers that know only what their training rows show: the floor under every other result. */

import { countFeatures, createVocabulary, wordOverlap } from "./bagOfWords.js";
import type { Example } from "./task.js";

/** Predicts a class index. */
export type Classifier = (example: Example) => number;

/** The most frequent class of the training rows; the lower index on a tie. */
export function trainMajority(train: readonly Example[]): Classifier {
  const counts = countLabels(train);
  const majority = argMax(counts);
  return () => majority;
}

/**
 * Naive Bayes on whether unigrams and bigrams occur, add-one smoothing.
 *
 * @source Wang & Manning 2012, Baselines and bigrams (binarised multinomial naive Bayes)
 */
export function trainNaiveBayes(train: readonly Example[]): Classifier {
  const vocabulary = createVocabulary(train);
  const prior = countLabels(train);
  const counts = prior.map(() => new Float64Array(vocabulary.size).fill(1));
  for (const example of train) {
    const row = counts[example.label];
    if (row !== undefined)
      for (const feature of countFeatures(example, vocabulary)) row[feature] = (row[feature] ?? 0) + 1;
  }
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  return (example) => {
    const features = countFeatures(example, vocabulary);
    const scores = counts.map((row, label) => {
      const total = totals[label] ?? 1;
      return features.reduce(
        (sum, feature) => sum + Math.log((row[feature] ?? 1) / total),
        Math.log(prior[label] ?? 0),
      );
    });
    return argMax(scores);
  };
}

/**
 * Softmax regression on whether unigrams and bigrams occur, with an L2 penalty; AdaGrad, full passes in the given order.
 *
 * @param options.penalty  weight decay per step; default 1e-4
 * @param options.passes   over the training rows; default 30
 */
export function trainLogisticRegression(
  train: readonly Example[],
  options: { readonly penalty?: number; readonly passes?: number } = {},
): Classifier {
  const { penalty = 1e-4, passes = 30 } = options;
  const vocabulary = createVocabulary(train);
  const classCount = countLabels(train).length;
  const bias = vocabulary.size;
  const rows = train.map((example) => ({
    features: [...countFeatures(example, vocabulary), bias],
    label: example.label,
  }));
  const weights = Array.from({ length: classCount }, () => new Float64Array(vocabulary.size + 1));
  const squares = weights.map((row) => new Float64Array(row.length).fill(1e-8));
  for (let pass = 0; pass < passes; pass++) {
    for (const { features, label } of rows) {
      const probabilities = softmax(scoresOf(weights, features));
      weights.forEach((row, index) => {
        const error = (probabilities[index] ?? 0) - (index === label ? 1 : 0);
        const square = squares[index] ?? new Float64Array(0);
        for (const feature of features) {
          const gradient = error + penalty * (row[feature] ?? 0);
          square[feature] = (square[feature] ?? 0) + gradient * gradient;
          row[feature] = (row[feature] ?? 0) - (0.1 * gradient) / Math.sqrt(square[feature] ?? 1);
        }
      });
    }
  }
  return (example) => argMax(scoresOf(weights, [...countFeatures(example, vocabulary), bias]));
}

/** The most frequent training class among pairs of about the same word overlap, in ten bins. */
export function trainOverlap(train: readonly Example[]): Classifier {
  const bin = (example: Example): number => Math.min(9, Math.floor(10 * wordOverlap(example)));
  const majority = trainMajority(train);
  const classifiers = Array.from({ length: 10 }, (_, index) => {
    const rows = train.filter((example) => bin(example) === index);
    return rows.length === 0 ? majority : trainMajority(rows);
  });
  return (example) => (classifiers[bin(example)] ?? majority)(example);
}

function countLabels(examples: readonly Example[]): number[] {
  const size = 1 + examples.reduce((most, example) => Math.max(most, example.label), 0);
  const counts = new Array<number>(size).fill(0);
  for (const { label } of examples) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

function scoresOf(weights: readonly Float64Array[], features: readonly number[]): number[] {
  return weights.map((row) => features.reduce((sum, feature) => sum + (row[feature] ?? 0), 0));
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function argMax(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? index : best), 0);
}
