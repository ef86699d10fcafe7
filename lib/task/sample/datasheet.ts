/** What simple models, and a fine-tuned one, make of a data set: the table of the datasheet. */

import { accuracy, f1 } from "../../metrics.js";
import { trainLogisticRegression, trainMajority, trainNaiveBayes, trainOverlap } from "../simpleClassifiers.js";
import type { Task, TaskData } from "../task.js";

/** Test scores of one task by method, in the order of the columns. */
export interface DatasheetRow {
  readonly task: Task;
  readonly scores: Readonly<Record<string, Score>>;
}

/** Scores of one method on test. */
export interface Score {
  readonly accuracy: number;
  /** Of the class with index 1. */
  readonly f1: number;
}

/** Scores of the methods that need nothing but the training rows; word overlap for pairs only. */
export function scoreSimpleMethods(data: TaskData): Record<string, Score> {
  const trainers = {
    majority: trainMajority,
    "naive Bayes": trainNaiveBayes,
    "logistic regression": trainLogisticRegression,
    ...(data.task.isPair ? { "word overlap": trainOverlap } : {}),
  };
  return Object.fromEntries(
    Object.entries(trainers).map(([name, train]) => [name, scoreOf(data, data.test.open(name).map(train(data.train)))]),
  );
}

/** Scores of predicted test classes. */
export function scoreOf(data: TaskData, predictions: readonly number[]): Score {
  const labels = data.test.open("datasheet").map(({ label }) => label);
  return { accuracy: accuracy(labels, predictions), f1: f1(labels, predictions) };
}

/** Means over runs. */
export function meanScore(scores: readonly Score[]): Score {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { accuracy: mean(scores.map((score) => score.accuracy)), f1: mean(scores.map((score) => score.f1)) };
}

/** A Markdown table; a task whose metric is F1 shows accuracy / F1. */
export function formatDatasheet(rows: readonly DatasheetRow[]): string {
  const columns = [...new Set(rows.flatMap(({ scores }) => Object.keys(scores)))];
  const cell = ({ task, scores }: DatasheetRow, column: string): string => {
    const score = scores[column];
    if (score === undefined) return "–";
    const shown = task.metric === "f1" ? [score.accuracy, score.f1] : [score.accuracy];
    return shown.map((value) => value.toFixed(3)).join(" / ");
  };
  const lines = [
    ["task", ...columns],
    ["---", ...columns.map(() => "---")],
    ...rows.map((row) => [row.task.id, ...columns.map((column) => cell(row, column))]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
