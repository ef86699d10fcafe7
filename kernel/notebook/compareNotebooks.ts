/** Two executions of one notebook, number by number. */

import type { Notebook } from "./notebook.js";
import { type NamedValue, type OutputValues, valuesOf } from "./outputValues.js";
import { type Provenance, provenanceOf, type RunSummary } from "./provenance.js";

/** One value, then and now. */
export interface Check {
  /** "cell 3, figure", or "run 2 (evaluate-sst2-0d2b054c)". */
  readonly place: string;
  /** Which value there: "trace 1 (training loss), y[12]". */
  readonly name: string;
  /** Undefined where a value came up that was not there, or is there no more. */
  readonly expected: number | string | undefined;
  readonly actual: number | string | undefined;
  readonly isMatch: boolean;
}

/** All checks, and how many things were left out, by kind. */
export interface Comparison {
  readonly checks: readonly Check[];
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Compares the outputs of two executions (see outputValues.ts for what counts), and identity and scores of the runs behind
 * them. Words are equal or not, except for those that name versions and the device of the two machines.
 *
 * @param tolerance  0: numbers are the same to the last bit; else |a - b| ≤ tolerance · max(1, |a|)
 */
export function compareNotebooks(then: Notebook, now: Notebook, tolerance: number): Comparison {
  const [runsThen, runsNow] = [provenanceOf(then), provenanceOf(now)];
  const isMachineWord = machineWords(runsThen, runsNow);
  const check: MakeCheck = (place, name, expected, actual) => {
    const isMatch = areEqual(expected, actual, tolerance) || isMachineWord(expected, actual);
    return { place, name, expected, actual, isMatch };
  };
  const [before, after] = [valuesOf(then), valuesOf(now)];
  const leftOut: Record<string, number> = {};
  for (const kind of before.flatMap((output) => output.leftOut)) leftOut[kind] = (leftOut[kind] ?? 0) + 1;
  const cells = [...new Set([...before, ...after].map(({ cell }) => cell))].sort((a, b) => a - b);
  return {
    checks: [
      ...cells.flatMap((cell) => compareCell(cell, inCell(before, cell), inCell(after, cell), check)),
      ...(runsThen ? compareRuns(runsThen.runs, runsNow?.runs ?? [], check) : []),
    ],
    leftOut,
  };
}

type MakeCheck = (place: string, name: string, expected: Check["expected"], actual: Check["actual"]) => Check;

/** Progress and the like may come once more or less: only outputs with values are lined up. */
function inCell(outputs: readonly OutputValues[], cell: number): OutputValues[] {
  return outputs.filter((output) => output.cell === cell && output.values.length > 0);
}

function compareCell(cell: number, then: OutputValues[], now: OutputValues[], check: MakeCheck): Check[] {
  if (then.length !== now.length) return [check(`cell ${cell}`, "outputs", then.length, now.length)];
  return then.flatMap(({ kind, values }, index) => {
    const which = then.length > 1 ? ` ${index + 1}` : "";
    return compareValues(`cell ${cell}, ${kind}${which}`, values, now[index]?.values ?? [], check);
  });
}

function compareRuns(then: readonly RunSummary[], now: readonly RunSummary[], check: MakeCheck): Check[] {
  if (then.length !== now.length) return [check("run records", "count", then.length, now.length)];
  return then.flatMap((run, index) => {
    const again = now[index];
    return compareValues(`run ${index + 1} (${run.id})`, factsOf(run), again ? factsOf(again) : [], check);
  });
}

function factsOf({
  id,
  modelHash,
  dataHash,
  status,
  finishedSteps,
  parameterCount,
  metrics,
}: RunSummary): NamedValue[] {
  return [
    ["id", id],
    ["model sha256", modelHash],
    ["data sha256", dataHash],
    ["status", status],
    ["steps", finishedSteps],
    ["parameters", parameterCount],
    ...Object.entries(metrics).map(([name, value]): NamedValue => [name, value ?? "none"]),
  ];
}

function compareValues(
  place: string,
  then: readonly NamedValue[],
  now: readonly NamedValue[],
  check: MakeCheck,
): Check[] {
  const [before, after] = [new Map(then), new Map(now)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.map((name) => check(place, name, before.get(name), after.get(name)));
}

function areEqual(expected: Check["expected"], actual: Check["actual"], tolerance: number): boolean {
  if (typeof expected !== "number" || typeof actual !== "number") return expected === actual;
  return Object.is(expected, actual) || Math.abs(expected - actual) <= tolerance * Math.max(1, Math.abs(expected));
}

/** Whether two words say the same of two machines: the version of a package, or the device. */
function machineWords(then?: Provenance, now?: Provenance): (expected: unknown, actual: unknown) => boolean {
  const words = (from?: Provenance): [string, unknown][] =>
    Object.entries({ ...from?.machine, sptlab: from?.code.version });
  const [before, after] = [words(then), new Map(words(now))];
  return (expected, actual) => before.some(([name, value]) => value === expected && after.get(name) === actual);
}
