/** Scores of predictions against labels. */

import type { Task } from "./task/task.js";

/** The metric that the task reports first. */
export function taskMetric(
  task: Pick<Task, "metric">,
  labels: readonly number[],
  predictions: readonly number[],
): number {
  return task.metric === "f1" ? f1(labels, predictions) : accuracy(labels, predictions);
}

/** Share of predictions that equal their label; 0 for no examples. */
export function accuracy(labels: readonly number[], predictions: readonly number[]): number {
  let hits = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === predictions[i]) hits++;
  return hits / Math.max(1, labels.length);
}

/** Harmonic mean of precision and recall of one class; 0 where it is neither present nor predicted. */
export function f1(labels: readonly number[], predictions: readonly number[], positive = 1): number {
  let hits = 0;
  let claims = 0;
  for (let i = 0; i < labels.length; i++) {
    const [isLabel, isPredicted] = [labels[i] === positive, predictions[i] === positive];
    if (isLabel && isPredicted) hits++;
    claims += Number(isLabel) + Number(isPredicted);
  }
  return claims === 0 ? 0 : (2 * hits) / claims;
}

/** Unweighted mean of the F1 of every class that is present or predicted. */
export function macroF1(labels: readonly number[], predictions: readonly number[]): number {
  const classes = classesOf(labels, predictions);
  return mean(classes.map((c) => f1(labels, predictions, c)));
}

/**
 * Matthews correlation for any number of classes; 0 where it is undefined.
 *
 * @source Gorodkin 2004 (R_K)
 */
export function matthews(labels: readonly number[], predictions: readonly number[]): number {
  const classes = classesOf(labels, predictions);
  const size = labels.length;
  const correct = labels.filter((label, i) => label === predictions[i]).length;
  const sum = (f: (c: number) => number): number => classes.reduce((total, c) => total + f(c), 0);
  const agreement = correct * size - sum((c) => count(labels, c) * count(predictions, c));
  const spread = (values: readonly number[]): number => size ** 2 - sum((c) => count(values, c) ** 2);
  const scale = Math.sqrt(spread(predictions) * spread(labels));
  return scale === 0 ? 0 : agreement / scale;
}

/** Linear correlation; 0 where either side is constant. */
export function pearson(labels: readonly number[], predictions: readonly number[]): number {
  const [a, b] = [centred(labels), centred(predictions)];
  const scale = Math.sqrt(dot(a, a) * dot(b, b));
  return scale === 0 ? 0 : dot(a, b) / scale;
}

/** Linear correlation of ranks; equal values share the mean of their ranks. */
export function spearman(labels: readonly number[], predictions: readonly number[]): number {
  return pearson(ranks(labels), ranks(predictions));
}

/** Share of the most frequent label: what answering it always would score. */
export function majorityShare(labels: readonly number[]): number {
  return Math.max(0, ...classesOf(labels, []).map((c) => count(labels, c))) / Math.max(1, labels.length);
}

function count(values: readonly number[], wanted: number): number {
  return values.filter((value) => value === wanted).length;
}

function classesOf(labels: readonly number[], predictions: readonly number[]): number[] {
  return [...new Set([...labels, ...predictions])];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function centred(values: readonly number[]): number[] {
  const centre = mean(values);
  return values.map((value) => value - centre);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

function ranks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}
