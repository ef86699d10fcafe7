import { expect, it } from "vitest";
import { formatDatasheet, meanScore, scoreOf, scoreSimpleMethods } from "../../../../lib/task/sample/datasheet.js";
import type { TaskData } from "../../../../lib/task/task.js";
import { findTask } from "../../../../lib/task/tasks.js";
import { TestSet } from "../../../../lib/task/testSet.js";

const rows = [
  { text: "old car", pair: "old car", label: 1 },
  { text: "old car", pair: "new hat", label: 0 },
  { text: "big dog", pair: "big dog", label: 1 },
];
const data: TaskData = {
  task: findTask("mrpc"),
  id: "mrpc",
  hash: "",
  isSynthetic: true,
  train: rows,
  dev: rows,
  test: new TestSet(rows),
  source: "",
  notes: [],
};

it("scores predictions by accuracy and by F1 of class 1", () => {
  expect(scoreOf(data, [1, 1, 0])).toEqual({ accuracy: 1 / 3, f1: 0.5 });
  expect(meanScore([scoreOf(data, [1, 0, 1]), scoreOf(data, [0, 1, 0])])).toEqual({ accuracy: 0.5, f1: 0.5 });
});

it("shows both scores of a task whose metric is F1, and a dash for what was not measured", () => {
  const scores = scoreSimpleMethods(data);
  expect(scores.majority).toEqual({ accuracy: 2 / 3, f1: 0.8 });
  expect(scores["word overlap"]).toEqual({ accuracy: 1, f1: 1 });
  const single = { task: findTask("sst2"), scores: { majority: { accuracy: 0.5, f1: 0 } } };
  const table = formatDatasheet([{ task: data.task, scores }, single]).split("\n");
  expect(table[0]).toBe("| task | majority | naive Bayes | logistic regression | word overlap |");
  expect(table[2]).toMatch(/^\| mrpc \| 0\.667 \/ 0\.800 \|/);
  expect(table[3]).toBe("| sst2 | 0.500 | – | – | – |");
});
