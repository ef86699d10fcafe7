/** The provenance block of a report: facts and warnings at its head, a table of runs at its end. */

import { escapeHtml } from "../../lib/plot/interactiveHtml.js";
import { missingResults } from "./executedNotebook.js";
import type { Notebook } from "./notebook.js";
import { isChangedSince, type Provenance, type RunSummary } from "./provenance.js";

/** What a reader must know first, one sentence each. */
export function warningsOn(notebook: Notebook, provenance: Provenance | undefined): string[] {
  const problems = missingResults(notebook);
  if (provenance === undefined) {
    problems.push("sptlab run did not execute this notebook: where its numbers come from is unknown.");
  } else if (isChangedSince(provenance, notebook)) {
    problems.push(
      "Cells were changed or run again since sptlab run: their numbers may come from elsewhere than said here.",
    );
  }
  if (provenance?.runs.some(({ isSynthetic }) => isSynthetic)) {
    problems.push(
      "Data are synthetic, written by this project's generator: scores say nothing about a real benchmark.",
    );
  }
  return problems;
}

/** Parameters, seeds, hashes, versions, device and duration: name and value. */
export function provenanceFacts(provenance: Provenance): (readonly [name: string, value: string])[] {
  const { parameters, runs, machine, code, startedAt, seconds } = provenance;
  const set = Object.entries(parameters).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const each = (fact: (run: RunSummary) => string): string =>
    [...new Set(runs.map(fact))].join("; ") || "none in run records";
  return [
    ["Parameters", set.join(", ") || "none"],
    ["Seeds", each(({ seed }) => String(seed))],
    ["Model", each(({ modelName, modelHash }) => `${modelName}, sha256 ${modelHash}`)],
    ["Data", each(({ dataId, dataHash }) => `${dataId}, sha256 ${dataHash}`)],
    ["Code", `sptlab ${code.version}, sha256 ${code.hash}`],
    ...Object.entries(machine).map(([name, value]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, value] as const),
    ["Started", startedAt],
    ["Took", `${seconds.toFixed(0)} s`],
  ];
}

/** A table of the runs that the notebook rests on; empty without any. */
export function runsHtml({ runs }: Provenance): string {
  if (runs.length === 0) return "";
  const row = (cells: readonly string[], tag: "td" | "th"): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return (
    `<section class="runs"><h2>Runs behind these numbers</h2><table>` +
    `<thead>${row(["Run", "Seed", "Steps", "Parameters", "Scores", "Seconds", "Settings"], "th")}</thead>` +
    `<tbody>${runs.map((run) => row(runCells(run), "td")).join("")}</tbody></table></section>`
  );
}

function runCells({ id, status, seed, finishedSteps, parameterCount, metrics, timing, config }: RunSummary): string[] {
  return [
    status === "completed" ? id : `${id} (${status})`,
    String(seed),
    String(finishedSteps),
    String(parameterCount),
    Object.entries(metrics)
      .map(([name, value]) => `${name} ${value?.toPrecision(4) ?? "none"}`)
      .join(", "),
    timing.seconds.toFixed(1),
    Object.entries(config)
      .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join(", "),
  ];
}
