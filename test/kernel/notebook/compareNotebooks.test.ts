/** Two executions of a notebook are compared number by number. */

import { expect, test } from "vitest";
import { compareNotebooks } from "../../../kernel/notebook/compareNotebooks.js";
import type { Notebook, Output } from "../../../kernel/notebook/notebook.js";
import type { Provenance } from "../../../kernel/notebook/provenance.js";
import { executedCell, figure, notebookOf, printed, shown, someProvenance, someRun } from "./executed.js";

/** What does not match, as "place: name: then -> now", and how many values were compared. */
function compare(then: Notebook, now: Notebook, tolerance = 0) {
  const { checks, leftOut } = compareNotebooks(then, now, tolerance);
  const wrong = checks.filter(({ isMatch }) => !isMatch);
  return {
    count: checks.length,
    wrong: wrong.map(({ place, name, expected, actual }) => `${place}: ${name}: ${expected} -> ${actual}`),
    leftOut,
  };
}
const table = (head: string[], ...rows: (string | number)[][]): Output => {
  const cells = (tag: string, row: (string | number)[]) =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return shown({
    "text/html": `<table><thead>${cells("th", head)}</thead><tbody>${rows.map((row) => cells("td", row)).join("")}</tbody></table>`,
    "text/plain": "x",
  });
};

test("equal outputs match, and every number is counted", () => {
  const notebook = notebookOf(printed("loss 0.5"), figure([{ type: "bar", x: ["a", "b"], y: [1, 2] }]));
  expect(compare(notebook, notebook)).toEqual({ count: 2 + 4, wrong: [], leftOut: {} });
});

test("a number that differs in its last bit is named with its place; within a tolerance it matches", () => {
  const of = (value: number) => notebookOf(figure([{ type: "scatter", name: "loss", y: [1, value] }]));
  const expected = ["cell 1, figure: trace 1 (loss), y[1]: 0.3 -> 0.30000000000000004"];
  expect(compare(of(0.3), of(0.1 + 0.2)).wrong).toEqual(expected);
  expect(compare(of(0.3), of(0.1 + 0.2), 1e-9).wrong).toEqual([]);
});

test("a tolerance is relative to large numbers and absolute for small ones", () => {
  const of = (value: number) => notebookOf(printed(`value ${value}`));
  expect(compare(of(200), of(201.9), 0.01).wrong).toEqual([]);
  expect(compare(of(200), of(202.1), 0.01).wrong).toHaveLength(1);
  expect(compare(of(0.001), of(0.0109), 0.01).wrong).toEqual([]);
  expect(compare(of(0.001), of(0.0111), 0.01).wrong).toHaveLength(1);
});

test("figures are compared by their data, not by layout or colours, and curves with the same name stay apart", () => {
  const of = (color: string, width: number, y: number) =>
    notebookOf(
      figure(
        [
          { name: "a", y: [1], line: { color } },
          { name: "a", y: [y] },
        ],
        { width },
      ),
    );
  expect(compare(of("red", 1, 2), of("blue", 9, 2))).toMatchObject({ count: 2, wrong: [] });
  expect(compare(of("red", 1, 2), of("red", 1, 3)).wrong).toEqual(["cell 1, figure: trace 2 (a), y[0]: 2 -> 3"]);
});

test("arrays inside a trace, such as error bars, are data; a heat map's rows are named", () => {
  const of = (bar: number, gate: number) => notebookOf(figure([{ error_y: { array: [bar] }, z: [[0, gate]] }]));
  expect(compare(of(1, 2), of(3, 4)).wrong).toEqual([
    "cell 1, figure: trace 1, error_y, array[0]: 1 -> 3",
    "cell 1, figure: trace 1, z[0][1]: 2 -> 4",
  ]);
});

test("a figure's times are left out, by the title of their axis or the name of their trace", () => {
  const of = (time: number) =>
    notebookOf(
      figure([{ x: [time], y: [1] }], { xaxis: { title: { text: "seconds" } } }),
      figure([{ name: "elapsed (s)", y: [time] }]),
    );
  expect(compare(of(1), of(2))).toEqual({ count: 1, wrong: [], leftOut: { duration: 2 } });
});

test("tables are compared cell by cell, without columns and named rows of durations", () => {
  const of = (accuracy: number, seconds: number) =>
    notebookOf(
      table(["method", "accuracy", "seconds"], ["SPT, layers 2, 8", accuracy, seconds]),
      table(["name", "value"], ["peak memory", seconds], ["a long sentence about time", 5]),
    );
  expect(compare(of(78.3, 1), of(78.3, 2))).toMatchObject({ wrong: [], leftOut: { duration: 1, memory: 1 } });
  expect(compare(of(78.3, 1), of(78.4, 1)).wrong).toEqual([
    "cell 1, table 1: row 1, column 2 (accuracy): 78.3 -> 78.4",
  ]);
});

test("words count, too: another chosen layer or label is a difference", () => {
  expect(compare(notebookOf(printed("layers 2, 8")), notebookOf(printed("layers 2, 9"))).wrong).toEqual([
    "cell 1, text: word 3: 8 -> 9",
  ]);
  expect(compare(notebookOf(printed("great")), notebookOf(printed("terrible"))).wrong).toHaveLength(1);
  expect(compare(notebookOf(printed("one")), notebookOf(printed("one two"))).wrong).not.toEqual([]);
});

test("JSON is compared by its values, without those whose name is a duration", () => {
  const of = (loss: number, seconds: number) => notebookOf(shown({ "application/json": { run: { loss, seconds } } }));
  expect(compare(of(1, 1), of(2, 2)).wrong).toEqual(["cell 1, JSON: run.loss: 1 -> 2"]);
});

test("progress, stderr, widgets, bare pictures and what is marked volatile are left out", () => {
  const of = (text: string): Notebook => ({
    metadata: {},
    cells: [
      executedCell("f()", [
        shown({ "text/plain": `search ${text}/100, trainLoss ${text}` }),
        printed(text, "stderr"),
        shown({ "application/vnd.jupyter.widget-view+json": { model_id: text }, "text/plain": text }),
        shown({ "image/png": text, "text/plain": text }),
      ]),
      executedCell("g()", [printed(text)], ["volatile"]),
    ],
  });
  const { count, leftOut } = compare(of("1"), of("2"));
  expect(count).toBe(0);
  expect(leftOut).toEqual({
    progress: 1,
    stderr: 1,
    widget: 1,
    "picture without data": 1,
    "output of a volatile cell": 1,
  });
});

test("an output that is missing is one difference; more or fewer progress lines are none", () => {
  const progress = shown({ "text/plain": "step 1/2" });
  expect(compare(notebookOf(printed("1"), progress), notebookOf(printed("1"))).wrong).toEqual([]);
  expect(compare(notebookOf(printed("1"), shown({ "text/plain": "2" })), notebookOf(printed("1"))).wrong).toEqual([
    "cell 1: outputs: 2 -> 1",
  ]);
});

const withRuns = (...runs: Provenance["runs"]): Notebook => ({
  ...notebookOf(),
  metadata: { sptlab: { ...someProvenance, runs } },
});

test("runs are compared by their identity, steps and scores, not by their times", () => {
  const wrong = (change: object) => compare(withRuns(someRun), withRuns({ ...someRun, ...change })).wrong;
  expect(wrong({ timing: { startedAt: "later", seconds: 99 } })).toEqual([]);
  const place = `run 1 (${someRun.id})`;
  expect(wrong({ metrics: { accuracy: 0.5 } })).toEqual([`${place}: accuracy: 0.75 -> 0.5`]);
  expect(wrong({ dataHash: "x" })).toEqual([`${place}: data sha256: ${someRun.dataHash} -> x`]);
  expect(compare(withRuns(someRun), withRuns()).wrong).toEqual(["run records: count: 1 -> 0"]);
});

test("the name of a device and the version of Node may differ between machines, other words may not", () => {
  const on = (backend: string, node: string, says = node): Notebook => ({
    ...notebookOf(printed(`on "${backend}", Node ${says}`)),
    metadata: { sptlab: { ...someProvenance, runs: [], machine: { device: backend, node } } },
  });
  expect(compare(on("onnx", "20.0.0"), on("wasm", "22.1.0")).wrong).toEqual([]);
  expect(compare(on("onnx", "20.0.0"), on("wasm", "22.1.0", "22.9.9")).wrong).toHaveLength(1);
});
