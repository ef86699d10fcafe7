/** A notebook on a fresh kernel, with a progress line on the terminal, interrupts, and a note of where its numbers come from. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KernelClient, startKernel } from "../client/jupyterClient.js";
import type { Notebook } from "./notebook.js";
import { type ProgressStream, progressLine } from "./progressLine.js";
import { recordProvenance } from "./provenance.js";
import { type CellExecutor, type RunResult, type RunState, runNotebook } from "./runNotebook.js";

/** How a fresh run is done; all has defaults. */
export interface FreshRunOptions {
  /** Longest time of one cell in seconds. */
  readonly timeoutSeconds?: number | undefined;
  /** Where progress goes: stderr unless told. */
  readonly stream?: ProgressStream;
  /** Starts a kernel with variables added to this process's environment; ours over ZeroMQ sockets unless told. */
  readonly start?: (environment: Readonly<Record<string, string>>) => Promise<RunningKernel>;
}

/** A kernel that can be ended. */
export type RunningKernel = CellExecutor & Pick<KernelClient, "shutdown">;

/**
 * Runs the cells of `notebook` in place. SIGINT or SIGTERM interrupts the running cell; a second one ends the process.
 *
 * @param environment  variables for the kernel
 * @throws Error  when the kernel does not start
 */
export async function runFresh(
  notebook: Notebook,
  options: FreshRunOptions = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const { stream = process.stderr, start: startWith = startOurs, timeoutSeconds } = options;
  const line = progressLine(stream);
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stream.write("\ninterrupting; once more to quit without writing\n");
    stop.abort();
  };
  for (const name of stopSignals) process.on(name, onInterrupt);
  const start = new Date();
  const folder = await mkdtemp(join(tmpdir(), "sptlab-run-"));
  const list = join(folder, "records");
  try {
    await writeFile(list, "");
    line.update("starting the kernel");
    const kernel = await startWith({ ...environment, SPTLAB_HISTORY: "off", SPTLAB_RECORD_LIST: list }); // nobody typed these cells
    const result = await runNotebook(notebook, kernel, {
      timeoutSeconds,
      signal: stop.signal,
      onState: (state) => line.update(stateLine(state)),
      onCell: (state, status) => line.end(`${stateLine(state)}${status === "failed" ? " - FAILED" : ""}`),
    }).finally(() => kernel.shutdown());
    const { status, seconds, error } = result;
    if (error) line.end(`cell ${error.cell} failed: ${error.ename}: ${error.evalue}`);
    line.end(`${status} in ${seconds.toFixed(0)} s`);
    const runFolders = (await readFile(list, "utf8")).split("\n").filter((path) => path !== "");
    await recordProvenance(notebook, { start, seconds, runFolders });
    return result;
  } finally {
    for (const name of stopSignals) process.off(name, onInterrupt);
    await rm(folder, { recursive: true });
  }
}

/** Ctrl-C, and what job runners send before they kill. */
const stopSignals = ["SIGINT", "SIGTERM"] as const;

function startOurs(env: Readonly<Record<string, string>>): Promise<RunningKernel> {
  return startKernel({ cwd: process.cwd(), env });
}

function stateLine(state: RunState): string {
  return `cell ${state.cell}/${state.cellCount} ${state.seconds.toFixed(0).padStart(4)} s  ${state.text}`;
}
