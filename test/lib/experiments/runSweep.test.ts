/** The loop of a sweep, with runs that take no time. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failedResult, type SweepJob } from "../../../lib/experiments/performRun.js";
import { planSweep, type SweepPlan } from "../../../lib/experiments/plan.js";
import type { ExecuteOptions, Executor } from "../../../lib/experiments/processPool.js";
import { readResults, type SweepResult } from "../../../lib/experiments/results.js";
import { resultsPath, runSweep, type SweepState } from "../../../lib/experiments/runSweep.js";
import { parseSweepSpec, type SweepSpecInput } from "../../../lib/experiments/spec.js";
import { etaSeconds, formatResult, formatSweep } from "../../../lib/experiments/sweepTable.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sweep-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function plan(spec: Partial<SweepSpecInput> = {}): SweepPlan {
  const whole = { name: "s", output: folder, tasks: ["a"], methods: ["lora"], seeds: [1, 2, 3, 4], ...spec };
  const facts = { modelHash: "m", modelWeights: "f32", tasks: { a: { hash: "d", isSynthetic: false } } };
  return planSweep(parseSweepSpec(whole), facts);
}

/** Makes a run by a function, and notes who was made and acknowledged, and how many at once. */
class FakeExecutor implements Executor {
  readonly made: number[] = [];
  readonly acknowledged: number[] = [];
  most = 0;
  #current = 0;

  constructor(
    readonly capacity: number,
    private readonly make: (job: SweepJob, watch: ExecuteOptions) => SweepResult | undefined = completed,
  ) {}

  async execute(job: SweepJob, watch: ExecuteOptions): Promise<SweepResult | undefined> {
    this.#current++;
    this.most = Math.max(this.most, this.#current);
    await new Promise((resolve) => setImmediate(resolve));
    this.#current--;
    this.made.push(job.run.seed);
    return this.make(job, watch);
  }

  async acknowledge({ run }: SweepJob): Promise<void> {
    this.acknowledged.push(run.seed);
  }

  async close(): Promise<void> {}
}

function completed({ run, model }: SweepJob): SweepResult {
  return { ...run, model, status: "completed", dev: run.settings.rank === 4 ? 0.9 : 0.5, seconds: 10 };
}

describe("runSweep", () => {
  it("makes every run once, as many at once as there is room, and nothing the second time", async () => {
    const first = new FakeExecutor(2);
    const { isStopped, results } = await runSweep({ plan: plan(), executor: first });
    expect([isStopped, results.size, first.most]).toEqual([false, 4, 2]);
    expect(first.made).toEqual([1, 2, 3, 4]);
    expect(first.acknowledged).toEqual([1, 2, 3, 4]);
    const second = new FakeExecutor(2);
    await runSweep({ plan: plan({ seeds: [1, 2, 3, 4, 5] }), executor: second });
    expect(second.made).toEqual([5]);
    expect(readResults(resultsPath(plan()))).toHaveLength(5);
  });

  it("writes down a run that fails, goes on, and makes it again only when asked to", async () => {
    const failing = (job: SweepJob) =>
      job.run.seed === 2 ? failedResult(job, new TypeError("broken")) : completed(job);
    await runSweep({ plan: plan(), executor: new FakeExecutor(1, failing) });
    const second = readResults(resultsPath(plan())).find(({ seed }) => seed === 2);
    expect(second).toMatchObject({ status: "failed", error: { name: "TypeError", message: "broken" } });
    const same = new FakeExecutor(1);
    await runSweep({ plan: plan(), executor: same });
    expect(same.made).toEqual([]);
    const retry = new FakeExecutor(1);
    await runSweep({ plan: plan(), executor: retry, isRetry: true });
    expect(retry.made).toEqual([2]);
    expect(readResults(resultsPath(plan())).every(({ status }) => status === "completed")).toBe(true);
  });

  it("starts nothing after an abort, and writes nothing of a run that was stopped", async () => {
    const stop = new AbortController();
    const stopped = new FakeExecutor(1, (job, { signal }) => {
      if (job.run.seed === 2) stop.abort();
      return signal.aborted ? undefined : completed(job);
    });
    const { isStopped } = await runSweep({ plan: plan(), executor: stopped, signal: stop.signal });
    expect(isStopped).toBe(true);
    expect(stopped.made).toEqual([1, 2]);
    const rest = new FakeExecutor(1);
    await runSweep({ plan: plan(), executor: rest });
    expect(rest.made).toEqual([2, 3, 4]);
  });

  it("stops when the executor itself breaks", async () => {
    const broken = new FakeExecutor(2, () => {
      throw new Error("no process can be started");
    });
    await expect(runSweep({ plan: plan(), executor: broken })).rejects.toThrow("no process");
    await runSweep({ plan: plan(), executor: new FakeExecutor(2) }); // the results are not locked
  });

  it("goes from trials to the report of the best in one go", async () => {
    const select = plan({ grid: { rank: [2, 4] }, select: { seeds: [9] } });
    await runSweep({ plan: select, executor: new FakeExecutor(3) });
    const lines = readResults(resultsPath(select)).map(({ purpose, settings, seed }) => [purpose, settings.rank, seed]);
    expect(lines).toEqual([["select", 2, 9], ["select", 4, 9], ...[1, 2, 3, 4].map((seed) => ["report", 4, seed])]);
  });
});

describe("the table", () => {
  it("tells how far the sweep is and how long it will take", async () => {
    const swept = plan();
    const runs = swept.cells.flatMap(({ reports }) => reports.flat());
    const job = (run: (typeof runs)[number]): SweepJob => ({ run, model: "m", output: "o", checkpointEveryMs: 1 });
    const [first, second] = runs;
    if (first === undefined || second === undefined) throw new Error("no runs");
    const progress = { stage: "lora", step: 3, totalSteps: 9, etaSeconds: 1, metrics: { trainLoss: 0.25 } };
    const state: SweepState = {
      plan: swept,
      results: new Map([[first.id, completed(job(first))]]), // 10 s
      running: new Map([[second.id, { run: second, startedAt: 4000, progress }]]), // since 2 s of 10
      startedAt: 0,
      capacity: 2,
    };
    expect(etaSeconds(state, 6000)).toBe((8 + 10 + 10) / 2);
    expect(etaSeconds({ ...state, results: new Map() }, 6000)).toBeNull();
    expect(formatSweep(state, 6000)).toEqual([
      "s: 1/4 runs, 6 s, ETA 14 s",
      "  lora  a  full  seed 2  lora 3/9  2 s  trainLoss 0.250",
    ]);
    expect(formatResult(completed(job(first)))).toBe("lora a full seed 1: dev accuracy 0.500, 10 s");
    expect(formatResult(failedResult(job(first), new Error("broken\nstack")))).toBe(
      "lora a full seed 1: failed: broken",
    );
  });
});
