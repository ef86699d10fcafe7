/**
 * A report or an executed notebook, executed again and compared with itself, number by number: on a fresh kernel, in this
 * working directory, with the parameters that it ran with, and with a folder of its own for runs (SPTLAB_RUNS), so that
 * nothing is resumed and nothing is overwritten.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Comparison, compareNotebooks } from "./compareNotebooks.js";
import { missingResults, readExecuted } from "./executedNotebook.js";
import { type FreshRunOptions, runFresh } from "./freshRun.js";
import { machineDifferences } from "./machine.js";
import { type Notebook, readNotebook, writeNotebook } from "./notebook.js";
import { isChangedSince, type Provenance, provenanceOf } from "./provenance.js";

/** How a verification is done. */
export interface VerifyOptions extends FreshRunOptions {
  /** See `compareNotebooks`. Without it: 0 on the same type of machine, else `defaultTolerance`. */
  readonly tolerance?: number | undefined;
}

/** What came of it. */
export interface Verification extends Comparison {
  /** "failed": a cell failed; "stopped": interrupted. In both cases nothing was compared. */
  readonly status: "matched" | "mismatched" | "failed" | "stopped";
  readonly tolerance: number;
  /** How this machine differs from the one that computed the notebook. */
  readonly machineDifferences: readonly string[];
  readonly seconds: number;
  /** What a reader should know beside the numbers. */
  readonly notes: readonly string[];
}

/**
 * Share of a number (of 1 for smaller ones) by which it may differ on another type of machine. Ours: sums in another order
 * (`wasm` instead of `onnx`) left the first four steps of notebook 01's search equal to 1e-5, but training amplifies that,
 * and one of 400 test examples that is judged otherwise moves an accuracy by 0.0025: a few may be, not more.
 */
export const defaultTolerance = 0.01;

/**
 * Executes the notebook at `path`, or the one in the report at `path`, and compares.
 *
 * @throws Error  when that cannot be: no notebook, never executed, failed cells, another language, no numbers in it
 */
export async function verifyFile(path: string, options: VerifyOptions = {}): Promise<Verification> {
  const then = await readExecuted(path);
  const missing = missingResults(then);
  if (missing.length > 0) throw new Error(`${path} cannot be verified: ${missing.join(" ")} Run it again: sptlab run`);
  const provenance = provenanceOf(then);
  if (compareNotebooks(then, then, 0).checks.length === 0) {
    throw new Error(
      `${path} shows nothing that a new run must give again, such as a number. Show one, and run it again.`,
    );
  }

  const again = structuredClone(then);
  const runs = await mkdtemp(join(tmpdir(), "sptlab-verify-"));
  const start = new Date();
  const { status, seconds, error } = await runFresh(again, options, { SPTLAB_RUNS: runs }).finally(() =>
    rm(runs, { recursive: true }),
  );
  const now = withUsualNames(again, runs);
  const provenanceNow = provenanceOf(now);
  const differences =
    provenance && provenanceNow
      ? machineDifferences(provenance.machine, provenanceNow.machine)
      : ["unknown: sptlab run did not execute the notebook"];
  const tolerance = options.tolerance ?? (differences.length === 0 ? 0 : defaultTolerance);
  const known = { tolerance, machineDifferences: differences, seconds };
  if (status !== "completed") {
    const notes = error ? [`code cell ${error.cell}: ${error.ename}: ${error.evalue}`] : [];
    return { ...known, status, checks: [], leftOut: {}, notes };
  }
  const comparison = compareNotebooks(then, now, tolerance);
  const isMatched = comparison.checks.every(({ isMatch }) => isMatch);
  const notes = provenance && provenanceNow ? notesOn(provenance, provenanceNow, then, start) : [];
  return { ...known, ...comparison, status: isMatched ? "matched" : "mismatched", notes };
}

/** The notebook with the folder of its runs called as usual. */
function withUsualNames(notebook: Notebook, runs: string): Notebook {
  const [folder, usual] = [runs, process.env.SPTLAB_RUNS || "runs"].map((name) => JSON.stringify(name).slice(1, -1));
  return readNotebook(writeNotebook(notebook).replaceAll(folder ?? "", usual ?? ""), "the executed notebook");
}

function notesOn(then: Provenance, now: Provenance, notebook: Notebook, start: Date): string[] {
  const read = now.runs.filter(({ timing }) => new Date(timing.startedAt) < start).map(({ id }) => id);
  return [
    ...(isChangedSince(then, notebook) ? ["cells or numbers were changed after sptlab run executed the notebook"] : []),
    ...(then.code.hash === now.code.hash
      ? []
      : ["the code of sptlab is another than that which computed the notebook"]),
    ...(read.length > 0 ? [`read from disk, not computed again: ${read.join(", ")}`] : []),
  ];
}
