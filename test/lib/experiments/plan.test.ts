import { describe, expect, it } from "vitest";
import { dueRuns, nestSettings, type PlannedRun, planSweep, type SweepPlan } from "../../../lib/experiments/plan.js";
import { readRecordedResults } from "../../../lib/experiments/recordedResults.js";
import type { SweepResult } from "../../../lib/experiments/results.js";
import { parseSweepSpec, type SweepSpecInput } from "../../../lib/experiments/spec.js";
import { recordedSettings } from "../../../lib/methods/recordedSettings.js";

const facts = {
  modelHash: "m",
  modelWeights: "f32",
  tasks: { a: { hash: "da", isSynthetic: false }, b: { hash: "db", isSynthetic: true } },
};

function plan(spec: Partial<SweepSpecInput>): SweepPlan {
  return planSweep(parseSweepSpec({ name: "s", tasks: ["a"], methods: ["lora"], ...spec }), facts);
}

/** Results of `runs`: scored on dev by `score`, failed where that is undefined. */
function results(runs: readonly PlannedRun[], score: (run: PlannedRun) => number | undefined = () => 0.5) {
  const entries = runs.map((run): [string, SweepResult] => {
    const dev = score(run);
    return [run.id, { ...run, model: "m", status: dev === undefined ? "failed" : "completed", dev }];
  });
  return new Map(entries);
}

const rate = (run: PlannedRun): unknown => run.settings.learningRate;

describe("planSweep", () => {
  it("has a run for every task, size, method, combination of settings and seed", () => {
    const { runCount, cells } = plan({
      tasks: ["a", "b"],
      methods: ["bitfit", { method: "lora", grid: { rank: [2, 4], learningRate: [1, 2, 3] } }],
      seeds: [1, 2],
      trainSizes: [100, "full"],
    });
    expect(runCount).toBe(2 * 2 * (1 + 6) * 2);
    const runs = cells.flatMap(({ reports }) => reports.flat());
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runCount);
    expect(runs.at(-1)).toMatchObject({ task: "b", trainSize: "full", seed: 2, config: { rank: 4, learningRate: 3 } });
  });

  it("knows runs by what determines their numbers, not by how the spec writes it", () => {
    const idsOf = (spec: Partial<SweepSpecInput>) => dueRuns(plan(spec), new Map()).map(({ id }) => id);
    const [id] = idsOf({});
    expect(idsOf({ methods: [{ method: "lora", name: "other", settings: { rank: 8 } }], output: "x" })).toEqual([id]);
    expect(idsOf({ settings: { rank: 4 } })).not.toEqual([id]);
    expect(idsOf({ trainSizes: [100] })).not.toEqual([id]);
    expect(idsOf({ seeds: [2] })).not.toEqual([id]);
  });

  it("gives shared settings to the methods that have them, below their own", () => {
    const [bitfit, lora] = dueRuns(
      plan({
        settings: { rank: 2, steps: 7 },
        grid: { learningRate: [1] },
        methods: ["bitfit", { method: "lora", settings: { learningRate: 5 } }],
      }),
      new Map(),
    );
    expect(bitfit?.settings).toEqual({ steps: 7, learningRate: 1 });
    expect(lora?.settings).toEqual({ rank: 2, steps: 7, learningRate: 5 });
  });

  it("takes the recorded rate of the backbone where the spec leaves it open, else the published one", () => {
    const spec = parseSweepSpec({
      name: "s",
      tasks: ["a"],
      methods: ["lora", { method: "spt", settings: { learningRate: 0.1 } }],
    });
    const ratesWith = (modelHash: string): unknown[] =>
      dueRuns(planSweep(spec, { ...facts, modelHash }), new Map()).map(({ config }) => config.learningRate);
    const nano = readRecordedResults("defaults")[0]?.modelHash ?? "";
    expect(ratesWith(nano)).toEqual([recordedSettings("lora", nano).learningRate, 0.1]);
    expect(ratesWith("m")).toEqual([5e-4, 0.1]);
  });

  it("refuses values out of range, saying whose, and two names for one run", () => {
    expect(() => plan({ settings: { rank: 0 } })).toThrow(/^lora with \{"rank":0\}: .*settings are not usable/);
    const methods = ["lora", { method: "lora", name: "again" }];
    expect(() => plan({ methods })).toThrow(/lora and again both run lora/);
  });
});

describe("selection on dev", () => {
  const select = { grid: { learningRate: [1, 2, 3] }, seeds: [1, 2], select: { seeds: [1, 7] } };

  it("runs the trials first, then every seed of the best settings alone", () => {
    const swept = plan(select);
    expect(swept.runCount).toBe(3 * 2 + 2);
    const trials = dueRuns(swept, new Map());
    expect(trials.map(({ purpose, seed }) => [purpose, seed])).toEqual(
      [1, 7, 1, 7, 1, 7].map((seed) => ["select", seed]),
    );
    const best = results(trials, (run) => (rate(run) === 2 ? 0.9 : 0.8));
    expect(dueRuns(swept, best).map((run) => [run.purpose, rate(run), run.seed])).toEqual([
      ["report", 2, 1],
      ["report", 2, 2],
    ]);
    expect(dueRuns(swept, new Map([...best].slice(1)))).toEqual(trials.slice(0, 1));
    const done = new Map([...best, ...results(dueRuns(swept, best))]);
    expect(dueRuns(swept, done)).toEqual([]);
  });

  it("takes the mean over seeds, the first of equals, and no settings with a failed trial", () => {
    const swept = plan(select);
    const trials = dueRuns(swept, new Map());
    const chosen = (score: (run: PlannedRun) => number | undefined) =>
      dueRuns(swept, results(trials, score)).map(rate)[0];
    expect(chosen(() => 0.5)).toBe(1);
    expect(chosen((run) => (rate(run) === 1 && run.seed === 1 ? 0.9 : 0.6 - 0.2 * Number(rate(run) === 1)))).toBe(1);
    expect(chosen((run) => (run.seed === 7 && rate(run) === 1 ? undefined : 1 / Number(rate(run))))).toBe(2);
    expect(chosen(() => undefined)).toBeUndefined();
  });

  it("ends with the trials when there are no seeds to report, and refuses neither", () => {
    const grid = { learningRate: [1, 2] };
    const trialsOnly = plan({ grid, seeds: [], select: { seeds: [5] } });
    expect(trialsOnly.runCount).toBe(2);
    const trials = dueRuns(trialsOnly, new Map());
    expect(trials.map(({ purpose }) => purpose)).toEqual(["select", "select"]);
    expect(dueRuns(trialsOnly, results(trials))).toEqual([]);
    expect(() => plan({ seeds: [] })).toThrow(/seeds must be one or more.*got neither/);
  });

  it("tells runs on a part of the test rows from those on all", () => {
    const ids = [plan({}), plan({ testRows: 10 }), plan({ testRows: 20 })].map(
      ({ cells }) => cells[0]?.reports[0]?.[0]?.runId,
    );
    expect(new Set(ids).size).toBe(3);
  });

  it("shares the folder of a trial with the report of the same settings and seed", () => {
    const swept = plan(select);
    const trials = dueRuns(swept, new Map());
    const [report] = dueRuns(swept, results(trials));
    expect(report?.runId).toBe(trials[0]?.runId);
    expect(report?.id).not.toBe(trials[0]?.id);
  });

  it("gives every method the same number of trials, or refuses", () => {
    const methods = ["bitfit", { method: "lora", grid: { rank: [2, 4] } }];
    expect(() => plan({ ...select, methods })).toThrow(/same number of trials, 6 here; got bitfit with 3/);
    const drawn = plan({ ...select, methods, select: { seeds: [1], trials: 3 } });
    expect(drawn.cells.map(({ trials }) => trials.length)).toEqual([3, 3]);
    expect(drawn).toEqual(plan({ ...select, methods, select: { seeds: [1], trials: 3 } }));
    expect(dueRuns(drawn, new Map())[0]?.trials).toBe(3);
  });
});

describe("nestSettings", () => {
  it("makes folders of dotted names", () => {
    expect(nestSettings({ topK: 2, "search.steps": 5, "search.order": 2 })).toEqual({
      topK: 2,
      search: { steps: 5, order: 2 },
    });
  });
});
