/** The table that a sweep shows while it runs: what is at work, how far everything is, and how long it will take. */

import { mean } from "../statistics.js";
import { dueRuns } from "./plan.js";
import type { SweepResult } from "./results.js";
import type { RunningRun, SweepState } from "./runSweep.js";

/**
 * Seconds until every run is made, from what runs of the same method took, else of any; null before the first has ended.
 *
 * @param now  milliseconds since 1970
 */
export function etaSeconds({ plan, results, running, capacity }: SweepState, now: number): number | null {
  const finished = [...results.values()].filter(({ seconds }) => seconds !== undefined);
  if (finished.length === 0) return null;
  const secondsOf = (wanted: string): number => {
    const same = finished.filter(({ name }) => name === wanted);
    return mean((same.length === 0 ? finished : same).map(({ seconds = 0 }) => seconds));
  };
  const open = dueRuns(plan, results).filter(({ id }) => !running.has(id));
  const later = Math.max(0, plan.runCount - resultsOf({ plan, results }).length - open.length - running.size);
  const atWork = [...running.values()].map(({ run, startedAt = now }) =>
    Math.max(0, secondsOf(run.name) - (now - startedAt) / 1000),
  );
  const waiting = open.reduce((sum, { name }) => sum + secondsOf(name), later * secondsOf(""));
  const reporting = [...running.values()].filter(({ progress }) => progress !== undefined).length;
  const slots = Number.isFinite(capacity) ? capacity : Math.max(1, reporting);
  const total = waiting + atWork.reduce((sum, seconds) => sum + seconds, 0);
  return Math.max(total / slots, ...atWork);
}

/** Lines for a terminal: one of the whole, and one for each run that reports. */
export function formatSweep(state: SweepState, now: number): string[] {
  const { plan, running, startedAt } = state;
  const results = resultsOf(state);
  const failed = results.filter(({ status }) => status === "failed").length;
  const eta = etaSeconds(state, now);
  const whole = [
    `${plan.spec.name}: ${results.length}/${plan.runCount} runs`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    formatSeconds((now - startedAt) / 1000),
    ...(eta === null ? [] : [`ETA ${formatSeconds(eta)}`]),
  ].join(", ");
  const rows = [...running.values()]
    .filter(({ progress }) => progress !== undefined)
    .map((entry) => runCells(entry, now));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
  return [whole, ...lines.map((line) => `  ${line.trimEnd()}`)];
}

/** One line about a run that has ended. */
export function formatResult(result: SweepResult): string {
  const { status, name, task, trainSize, seed, purpose, metric = "accuracy", dev, test, seconds = 0, error } = result;
  const what = `${name} ${task} ${trainSize} seed ${seed}${purpose === "select" ? " (trial)" : ""}`;
  if (status === "failed") return `${what}: failed: ${error?.message.split("\n")[0]}`;
  const scores = [
    ...(dev === undefined ? [] : [`dev ${metric} ${dev.toFixed(3)}`]),
    ...(test === undefined ? [] : [`test ${(test.metrics[metric] ?? Number.NaN).toFixed(3)}`]),
  ];
  return `${what}: ${[...scores, formatSeconds(seconds)].join(", ")}`;
}

/** Results of this plan; the file may hold those of others. */
function resultsOf({ plan, results }: Pick<SweepState, "plan" | "results">): SweepResult[] {
  const runs = plan.cells.flatMap(({ trials, reports }) => [...trials, ...reports].flat());
  return runs.flatMap(({ id }) => results.get(id) ?? []);
}

function runCells({ run, startedAt, progress }: RunningRun, now: number): string[] {
  const { name, task, trainSize, seed, purpose, settings } = run;
  const stage = `${progress?.stage} ${progress?.step}/${progress?.totalSteps}`;
  const scores = Object.entries(progress?.metrics ?? {}).map(([metric, value]) => `${metric} ${value.toFixed(3)}`);
  const what = purpose === "select" ? `trial ${JSON.stringify(settings)}` : "";
  return [
    name,
    task,
    String(trainSize),
    `seed ${seed}`,
    stage,
    formatSeconds((now - (startedAt ?? now)) / 1000),
    ...scores,
    what,
  ];
}

function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
