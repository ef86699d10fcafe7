/** What a task is, and what its examples are, whatever they come from. */

import type { SealedTest, TestSet } from "./testSet.js";

/** A classification task posed as a cloze question. */
export interface Task {
  /** "sst2", or "sample/sst2" for the embedded stand-in that we generated. */
  readonly id: string;
  /** One line for headings and plots. */
  readonly title: string;
  /** Text with exactly one `<mask>` and the slots `{x}` (one sentence) or `{a}` and `{b}` (a pair). */
  readonly template: string;
  /** One word per class, in the label index order of the data. */
  readonly labelWords: readonly string[];
  /** Class names, in label index order. */
  readonly labels: readonly string[];
  /** What is reported first; "f1" is the F1 of the class with index 1. */
  readonly metric: "accuracy" | "f1";
  readonly isPair: boolean;
  /** Where the task was published. */
  readonly citation: string;
}

/** One labelled text, or pair of texts. */
export interface Example {
  readonly text: string;
  /** The second text of a pair. */
  readonly pair?: string;
  /** Index into `Task.labels`. */
  readonly label: number;
}

/** What search and training are given: a task with rows to train on and to select by, and a test set that stays shut. */
export interface TrainingData {
  readonly task: Task;
  /** The id that it was loaded by; the same as `task.id`. */
  readonly id: string;
  /** SHA-256 (hex) of the canonical content: class names, template, label words, and all rows in order. */
  readonly hash: string;
  /** True for the embedded stand-ins: say so wherever their numbers are shown. */
  readonly isSynthetic: boolean;
  readonly train: readonly Example[];
  readonly dev: readonly Example[];
  readonly test: SealedTest;
  /** Where the rows were read from: a folder, or a data set of the hub with its commit. */
  readonly source: string;
  /** What was left out or made while reading, and which splits share rows; one sentence each. */
  readonly notes: readonly string[];
}

/** A task with its three splits, checked. */
export interface TaskData extends TrainingData {
  readonly test: TestSet;
}
