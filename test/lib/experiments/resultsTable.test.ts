import { describe, expect, it } from "vitest";
import type { SweepResult } from "../../../lib/experiments/results.js";
import { formatResults, formatTrials } from "../../../lib/experiments/resultsTable.js";

/** A report run with `wrong` of 100 rows wrong. */
function report(name: string, task: string, seed: number, wrong: number): SweepResult {
  const labels = "01".repeat(50);
  const predictions = [...labels].map((label, i) => (i < wrong ? String(1 - Number(label)) : label)).join("");
  const fixed = { purpose: "report", status: "completed", trainSize: 500, settings: {}, trials: 3, metric: "accuracy" };
  const config = name === "spt" ? { steps: 20, search: { steps: 10 } } : { steps: 20 };
  const id = `${name}-${task}-${seed}`;
  return {
    ...fixed,
    id,
    name,
    method: name,
    task,
    seed,
    config,
    parameterCount: 1234,
    test: { metrics: {}, labels, predictions },
  } as never;
}

function trial(name: string, task: string, learningRate: number, dev: number): SweepResult {
  const settings = { learningRate, steps: 5 };
  return {
    id: `${name}${task}${learningRate}`,
    purpose: "select",
    status: "completed",
    name,
    task,
    settings,
    dev,
  } as never;
}

describe("formatResults", () => {
  const results = ["a", "b"].flatMap((task) => [
    report("spt", task, 1, 8),
    report("spt", task, 2, 12),
    report("lora", task, 1, 50),
    report("lora", task, 2, 50),
  ]);

  it("has a row per method and a column per task, with spread, interval, budget and ranks", () => {
    const [headings = "", , spt = "", lora = ""] = formatResults(results, { against: "spt" }).split("\n");
    expect(headings).toBe(
      "| method | tuned | steps | a (accuracy) | b (accuracy) | mean | rank | spt: better / not told apart / worse |",
    );
    expect(spt).toMatch(
      /^\| spt, 500 examples \| 1,234 \| 10 \+ 20, 3 trials \| \*\*90\.0\*\* ± 2\.8<br>8\d\.\d–9\d\.\d \|/,
    );
    expect(spt).toMatch(/\| 90\.0 \| 1\.0 \| {2}\|$/);
    expect(lora).toMatch(/\| 50\.0 ± 0\.0<br>.*\| 50\.0 \| 2\.0 \| 2 \/ 0 \/ 0 \|$/);
  });

  it("refuses to compare with a method that has no results", () => {
    expect(() => formatResults(results, { against: "sptt" })).toThrow(/one of .*spt.*; got "sptt"/);
  });

  it("leaves what was not run empty, and gives it neither mean nor rank", () => {
    const lora = formatResults(results.slice(0, -2), { against: "spt" }).split("\n")[3];
    expect(lora).toMatch(/ \| {2}\| {2}\| {2}\| 1 \/ 0 \/ 0 \|$/);
  });
});

describe("formatTrials", () => {
  it("shows what varied, with the best mean of each method marked", () => {
    const trials = [trial("a", "x", 1, 0.5), trial("a", "y", 1, 0.7), trial("a", "x", 2, 0.9), trial("a", "y", 2, 0.4)];
    expect(formatTrials(trials)).toBe(
      [
        "| method | settings | x, dev | y, dev | mean |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| a | learningRate 1 | 50.0 | 70.0 | 60.0 |",
        "| a | learningRate 2 | 90.0 | 40.0 | 65.0 ← |",
      ].join("\n"),
    );
  });
});
