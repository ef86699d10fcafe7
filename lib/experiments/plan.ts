/** Plan of a sweep: every run that a spec asks for, by name, and which of them are due given what has been run. */

import { ConfigError } from "../errors.js";
import { recordedSettings } from "../methods/recordedSettings.js";
import { findMethod } from "../methods/registry.js";
import { parseConfig } from "../prompt/config.js";
import { createRandom } from "../random.js";
import { runId } from "../runRecord.js";
import { mean } from "../statistics.js";
import type { SweepResult } from "./results.js";
import { entryName, type SweepSpec, settingNames } from "./spec.js";

/** One run of a sweep: all that determines its numbers, and what it is for. */
export interface PlannedRun {
  /** Its purpose and its `runId`: what it is known by in the results. */
  readonly id: string;
  /** Of its identity, and of its folder, which a trial and the report of the same settings and seed share. */
  readonly runId: string;
  /** "select" trials are scored on dev and only choose settings; "report" runs are tested as well. */
  readonly purpose: "select" | "report";
  /** Of the method. */
  readonly method: string;
  /** What tables call the method. */
  readonly name: string;
  readonly task: string;
  readonly trainSize: number | "full";
  readonly seed: number;
  /** Where test sets are cut to so many rows. */
  readonly testRows?: number;
  /** What the spec sets, by dotted name. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** All settings; those that depend on the backbone may be open. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dataHash: string;
  readonly modelHash: string;
  /** Settings tried for this method, task and size; 0 where nothing is selected. */
  readonly trials: number;
}

/** One method on one task and size. */
export interface PlannedCell {
  /** [settings][seed]; a single settings' runs are the report where nothing is selected. */
  readonly trials: readonly (readonly PlannedRun[])[];
  /** [settings][seed]; with selection, only the best settings' runs are made. */
  readonly reports: readonly (readonly PlannedRun[])[];
}

/** A sweep, ready to be run. */
export interface SweepPlan {
  readonly spec: SweepSpec;
  readonly cells: readonly PlannedCell[];
  /** Runs that will have been made in the end. */
  readonly runCount: number;
}

/** What must be known of model and data for a run's identity. */
export interface SweepFacts {
  readonly modelHash: string;
  readonly modelWeights: string;
  /** By task of the spec. */
  readonly tasks: Readonly<Record<string, { readonly hash: string; readonly isSynthetic: boolean }>>;
}

/**
 * All runs of a spec.
 *
 * @throws ConfigError  when a setting is out of range, or the methods would not have equal budgets
 */
export function planSweep(spec: SweepSpec, facts: SweepFacts): SweepPlan {
  const entries = spec.methods.map((entry) => ({ entry, grid: drawTrials(spec, settingsGrid(spec, entry), entry) }));
  checkBudgets(
    spec,
    entries.map(({ entry, grid }) => ({ name: entryName(entry), count: grid.length })),
  );
  const cells = spec.tasks.flatMap((task) =>
    spec.trainSizes.flatMap((trainSize) =>
      entries.map(({ entry, grid }): PlannedCell => {
        const runs = (purpose: PlannedRun["purpose"], seeds: readonly number[]): PlannedRun[][] =>
          grid.map((settings) =>
            seeds.map((seed) => {
              const trials = spec.select === undefined ? 0 : grid.length;
              const { testRows } = spec;
              const own = {
                purpose,
                method: entry.method,
                name: entryName(entry),
                task,
                trainSize,
                seed,
                testRows,
                settings,
              };
              return identifyRun({ ...own, trials }, spec, facts);
            }),
          );
        const trials = spec.select === undefined ? [] : runs("select", spec.select.seeds);
        return { trials, reports: runs("report", spec.seeds) };
      }),
    ),
  );
  checkDistinct(cells);
  const counts = cells.map(({ trials, reports }) =>
    trials.length === 0 ? reports.flat().length : trials.flat().length + spec.seeds.length,
  );
  return { spec, cells, runCount: counts.reduce((sum, count) => sum + count, 0) };
}

/**
 * The runs that are to be made now, in order: trials, then what they have chosen. Runs with a result are done.
 *
 * @param results  by run id
 */
export function dueRuns({ cells }: SweepPlan, results: ReadonlyMap<string, SweepResult>): PlannedRun[] {
  return cells.flatMap((cell) => {
    const open = cell.trials.flat().filter(({ id }) => !results.has(id));
    if (open.length > 0) return open;
    const runs = cell.trials.length === 0 ? cell.reports.flat() : (cell.reports[bestTrial(cell, results)] ?? []);
    return runs.filter(({ id }) => !results.has(id));
  });
}

/** Does `work` for a run's settings, and says in its errors whose they are. */
export function inContext<T>({ name, settings }: Pick<PlannedRun, "name" | "settings">, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const message = `${name} with ${JSON.stringify(settings)}: ${(cause as Error).message}`;
    throw new ConfigError(message, { name, settings }, { cause });
  }
}

/** Index of the settings with the best mean on dev, the first of equals; those with a failed trial cannot win; −1 for none. */
export function bestTrial({ trials }: PlannedCell, results: ReadonlyMap<string, SweepResult>): number {
  const scores = trials.map((runs) => mean(runs.map(({ id }) => results.get(id)?.dev ?? Number.NaN)));
  const finite = scores.filter(Number.isFinite);
  return finite.length === 0 ? -1 : scores.indexOf(Math.max(...finite));
}

/** Settings by dotted names as the schemas have them: `search.steps` in `{ search: { steps } }`. */
export function nestSettings(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const nested: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    const [first = name, ...rest] = name.split(".");
    nested[first] =
      rest.length === 0 ? value : { ...(nested[first] as object), ...nestSettings({ [rest.join(".")]: value }) };
  }
  return nested;
}

/** Every combination of the grid's values over the fixed settings, the last name of the grid fastest. */
function settingsGrid(spec: SweepSpec, { method, settings, grid }: SweepSpec["methods"][number]) {
  const names = settingNames(method);
  const known = <V>(all: Readonly<Record<string, V>>): Record<string, V> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  let points: Record<string, unknown>[] = [{ ...known(spec.settings), ...settings }];
  const sharedGrid = Object.entries(known(spec.grid)).filter(([name]) => !(name in settings));
  for (const [name, values] of Object.entries({ ...Object.fromEntries(sharedGrid), ...grid })) {
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  }
  return points;
}

/** As many points of a grid as are to be tried, drawn by the entry's name, in the grid's order. */
function drawTrials<P>({ select }: SweepSpec, points: readonly P[], entry: SweepSpec["methods"][number]): readonly P[] {
  if (select?.trials === undefined || select.trials >= points.length) return points;
  const order = createRandom(1)
    .fork(`trials of ${entryName(entry)}`)
    .shuffle([...points.keys()]);
  const drawn = new Set(order.slice(0, select.trials));
  return points.filter((_, i) => drawn.has(i));
}

function checkBudgets(
  { select }: SweepSpec,
  entries: readonly { readonly name: string; readonly count: number }[],
): void {
  if (select === undefined) return;
  const expected = select.trials ?? Math.max(...entries.map(({ count }) => count));
  const wrong = entries.filter(({ count }) => count !== expected);
  if (wrong.length === 0) return;
  throw new ConfigError(
    `Settings are selected fairly when every method has the same number of trials, ${expected} here; got ` +
      `${wrong.map(({ name, count }) => `${name} with ${count}`).join(", ")}. Give these more values in their grids, or lower select.trials.`,
    { expected, wrong },
  );
}

/** Runs of two names would be one run where their settings are the same. */
function checkDistinct(cells: readonly PlannedCell[]): void {
  const byId = new Map<string, PlannedRun>();
  for (const run of cells.flatMap(({ reports }) => reports.flat())) {
    const other = byId.get(run.id);
    if (other !== undefined) {
      throw new ConfigError(
        `Every method of a sweep must have settings of its own; ${other.name} and ${run.name} both run ${run.method} with ` +
          `${JSON.stringify(run.config)}. Remove one of them.`,
        { names: [other.name, run.name] },
      );
    }
    byId.set(run.id, run);
  }
}

function identifyRun(
  run: Omit<PlannedRun, "id" | "runId" | "config" | "dataHash" | "modelHash">,
  spec: SweepSpec,
  facts: SweepFacts,
): PlannedRun {
  const { hash: dataHash = "", isSynthetic = false } = facts.tasks[run.task] ?? {};
  const { modelHash, modelWeights } = facts;
  const { configSchema } = findMethod(run.method);
  const settings = { ...recordedSettings(run.method, modelHash), ...nestSettings(run.settings) };
  const config = inContext(run, () => parseConfig(configSchema, settings)) as PlannedRun["config"];
  const identity = {
    kind: run.method,
    config: { ...config, trainSize: run.trainSize, testRows: run.testRows },
    seed: run.seed,
    dataId: run.task,
    dataHash,
    isSynthetic,
    modelName: spec.model,
    modelHash,
    modelWeights,
  };
  const id = runId(identity);
  return { id: `${run.purpose}-${id}`, runId: id, ...run, config, dataHash, modelHash };
}
