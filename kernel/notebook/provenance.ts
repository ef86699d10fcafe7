/**
 * Where a notebook's numbers come from: `sptlab run` and `sptlab verify` write it into the notebook (`metadata.sptlab`) right
 * after the last cell, reports show it, and `sptlab verify` compares it.
 */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { codeVersion } from "./codeVersion.js";
import { withoutPictures } from "./embeddedNotebook.js";
import { codeCells } from "./executedNotebook.js";
import { describeMachine } from "./machine.js";
import { type CodeCell, type Notebook, writeNotebook } from "./notebook.js";
import { parametersOf } from "./parameters.js";

/** A run record without its curves, which figures show, and without its folder. */
const runSchema = z.object({
  id: z.string(),
  config: z.record(z.string(), z.unknown()),
  seed: z.number(),
  dataId: z.string(),
  /** Of the rows that this run saw: a few-shot draw differs from its source. */
  dataHash: z.string(),
  isSynthetic: z.boolean(),
  modelName: z.string(),
  modelHash: z.string(),
  status: z.string(),
  finishedSteps: z.number(),
  parameterCount: z.number(),
  metrics: z.record(z.string(), z.number().nullable()),
  versions: z.record(z.string(), z.string()),
  timing: z.object({ startedAt: z.string(), seconds: z.number() }),
});

const provenanceSchema = z.object({
  /** Values of the parameters cell, as injected. */
  parameters: z.record(z.string(), z.unknown()),
  /** Runs that cells wrote or read, in this order, each once. */
  runs: z.array(runSchema),
  /** Of the machine that ran the cells; with the device of the runs. */
  machine: z.record(z.string(), z.string()),
  code: z.object({ version: z.string(), hash: z.string() }),
  startedAt: z.string(),
  seconds: z.number(),
  /** SHA-256 (hex) over code and outputs of the cells, but for pictures: tells whether they were changed, or run elsewhere, since. */
  cellsHash: z.string(),
});

/** What is kept of a run. */
export type RunSummary = z.output<typeof runSchema>;

/** Where a notebook's numbers come from. */
export type Provenance = z.output<typeof provenanceSchema>;

/**
 * Writes into a notebook that has just run on this machine where its numbers come from.
 *
 * @param runFolders  folders of the runs that its cells wrote or read
 */
export async function recordProvenance(
  notebook: Notebook,
  ran: { readonly start: Date; readonly seconds: number; readonly runFolders: readonly string[] },
): Promise<void> {
  const runs = (await Promise.all([...new Set(ran.runFolders)].map(readRun))).flatMap((run) => run ?? []);
  const devices = [...new Set(runs.flatMap(({ versions }) => versions.backend ?? []))].sort();
  const provenance: Provenance = {
    parameters: parametersOf(notebook),
    runs,
    machine: { ...(await describeMachine()), device: devices.join(", ") || "none in run records" },
    code: await codeVersion(),
    startedAt: ran.start.toISOString(),
    seconds: ran.seconds,
    cellsHash: hashCells(notebook),
  };
  notebook.metadata.sptlab = provenance;
}

/**
 * What an executed notebook says of itself.
 *
 * @returns  undefined when `sptlab run` did not execute it
 * @throws Error  when it is malformed
 */
export function provenanceOf(notebook: Notebook): Provenance | undefined {
  if (notebook.metadata.sptlab === undefined) return undefined;
  const parsed = provenanceSchema.safeParse(notebook.metadata.sptlab);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `The notebook's metadata.sptlab must be what sptlab run writes; at ${issue?.path.join(".")}: ${issue?.message}. ` +
      "Run the notebook again.",
  );
}

/** Whether cells or their values are others than when the provenance was written. */
export function isChangedSince({ cellsHash }: Provenance, notebook: Notebook): boolean {
  return hashCells(notebook) !== cellsHash;
}

function hashCells(notebook: Notebook): string {
  const cells = codeCells(notebook).map(
    ({ source, outputs }): CodeCell => ({
      ...{ cell_type: "code", id: "", metadata: {}, execution_count: null },
      source,
      outputs: withoutPictures(outputs),
    }),
  );
  return createHash("sha256")
    .update(writeNotebook({ metadata: {}, cells }))
    .digest("hex");
}

/** Undefined for a folder that was deleted since, or whose record is not one of ours. */
async function readRun(folder: string): Promise<RunSummary | undefined> {
  const text = await readFile(join(folder, "record.json"), "utf8").catch(() => "null");
  return runSchema.safeParse(JSON.parse(text)).data;
}
