/** A sweep: starts what is due, writes down what comes back, and goes on until nothing is due or it is stopped. */

import { join } from "node:path";
import type { Progress } from "../progress.js";
import type { SweepJob } from "./performRun.js";
import { dueRuns, type PlannedRun, type SweepPlan } from "./plan.js";
import type { Executor } from "./processPool.js";
import { ResultsFile, type SweepResult } from "./results.js";

/** What a sweep takes. */
export interface SweepOptions {
  readonly plan: SweepPlan;
  readonly executor: Executor;
  /** Stops the runs at their next steps, with checkpoints. */
  readonly signal?: AbortSignal;
  /** Makes runs again whose result is that they failed. */
  readonly isRetry?: boolean;
  /** Called when a run starts, reports or ends, with a state that is true until the next call. */
  readonly onChange?: (state: SweepState, finished?: SweepResult) => void;
  /** Milliseconds since 1970; default Date.now. */
  readonly clock?: () => number;
}

/** Where a sweep is. */
export interface SweepState {
  readonly plan: SweepPlan;
  readonly results: ReadonlyMap<string, SweepResult>;
  readonly running: ReadonlyMap<string, RunningRun>;
  readonly startedAt: number;
  /** At once. */
  readonly capacity: number;
}

/** A run at work. */
export interface RunningRun {
  readonly run: PlannedRun;
  /** Of its first report; before that it is loading, or in a queue. */
  startedAt?: number;
  progress?: Progress;
}

/** Where a sweep's results are. */
export function resultsPath({ spec }: Pick<SweepPlan, "spec">): string {
  return join(spec.output, "results.jsonl");
}

/**
 * Makes every run of the plan that has no result yet. A run that fails is written down and stops no other.
 *
 * @returns  the state at the end, and whether an abort was the end
 * @throws ConfigError  when another sweep has the results open
 */
export async function runSweep(options: SweepOptions): Promise<SweepState & { readonly isStopped: boolean }> {
  const { plan, executor, isRetry = false, onChange, clock = Date.now } = options;
  const file = await ResultsFile.open(resultsPath(plan), { forgets: ({ status }) => isRetry && status === "failed" });
  const stop = new AbortController(); // an error of the executor stops the others, too
  const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const running = new Map<string, RunningRun & { readonly end: Promise<void> }>();
  const { capacity } = executor;
  const state: SweepState = { plan, results: file.results, running, startedAt: clock(), capacity };

  const make = async (entry: RunningRun): Promise<void> => {
    const { run } = entry;
    const job = jobOf(run, plan);
    const onProgress = (progress: Progress): void => {
      entry.startedAt ??= clock();
      entry.progress = progress;
      onChange?.(state);
    };
    const result = await executor.execute(job, { signal, onProgress });
    if (result !== undefined) await file.append(result);
    running.delete(run.id);
    onChange?.(state, result);
    if (result !== undefined) await executor.acknowledge?.(job);
  };

  try {
    while (true) {
      const due = signal.aborted ? [] : dueRuns(plan, file.results).filter(({ id }) => !running.has(id));
      for (const run of due.slice(0, capacity - running.size)) {
        const entry: RunningRun = { run };
        const end = make(entry);
        running.set(run.id, Object.assign(entry, { end }));
      }
      onChange?.(state);
      if (running.size === 0) return { ...state, isStopped: signal.aborted };
      await Promise.race([...running.values()].map(({ end }) => end));
    }
  } finally {
    stop.abort();
    await Promise.allSettled([...running.values()].map(({ end }) => end));
    await file.close();
  }
}

function jobOf(run: PlannedRun, { spec }: SweepPlan): SweepJob {
  const { model, data, output, checkpointSeconds } = spec;
  return { run, model, data, output, checkpointEveryMs: 1000 * checkpointSeconds };
}
