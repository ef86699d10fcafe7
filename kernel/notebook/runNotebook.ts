/** Executes a notebook's cells in order through a kernel, and keeps what they put out. */

import type { CodeCell, Notebook, Output } from "./notebook.js";
import { OutputCollector, type OutputMessage } from "./outputCollector.js";

/** What running needs of a kernel; `kernel/client` provides it over ZeroMQ sockets. */
export interface CellExecutor {
  execute(
    code: string,
    options: { readonly onIopub: (message: OutputMessage) => void },
  ): Promise<{ readonly status: "ok" | "error" | "aborted"; readonly ename?: string; readonly evalue?: string }>;
  interrupt(): Promise<void>;
}

/** Where a run is: shown on the terminal. */
export interface RunState {
  /** 1-based number of the code cell that runs, and how many there are. */
  readonly cell: number;
  readonly cellCount: number;
  readonly seconds: number;
  /** The newest line of output or status text. */
  readonly text: string;
}

/** How a notebook is run. */
export interface RunOptions {
  /** Longest time of one cell in seconds; it is interrupted after that, which fails the run. No limit unless told. */
  readonly timeoutSeconds?: number;
  /** Stops the run: the cell is interrupted, the rest is left out. */
  readonly signal?: AbortSignal;
  readonly onState?: (state: RunState) => void;
  /** Called for each finished cell, with its seconds. */
  readonly onCell?: (state: RunState, status: "completed" | "failed") => void;
}

/** How a run ended. */
export interface RunResult {
  readonly status: "completed" | "failed" | "stopped";
  readonly seconds: number;
  /** What went wrong in the first cell that failed. */
  readonly error?: { readonly cell: number; readonly ename: string; readonly evalue: string };
}

/**
 * Runs the code cells of `notebook` in place, up to the first that fails. Their old outputs are dropped first, also those
 * of cells that do not get to run. Times and statuses go into the metadata, under papermill's names.
 */
export async function runNotebook(
  notebook: Notebook,
  kernel: CellExecutor,
  options: RunOptions = {},
): Promise<RunResult> {
  const cells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
  for (const cell of cells) {
    Object.assign(cell, { outputs: [], execution_count: null });
    delete cell.metadata.papermill;
  }
  const runnable = cells.filter((cell) => cell.source.trim() !== "");
  const collector = new OutputCollector();
  const startedAt = performance.now();
  let error: RunResult["error"];
  for (const [index, cell] of runnable.entries()) {
    if (options.signal?.aborted) break;
    const cellStart = performance.now();
    const state = (): RunState => ({
      cell: index + 1,
      cellCount: runnable.length,
      seconds: (performance.now() - cellStart) / 1000,
      text: collector.latestText,
    });
    collector.latestText = headingAbove(notebook, cell);
    const ticking = setInterval(() => options.onState?.(state()), 200);
    const startTime = new Date();
    const failure = await runCell(cell, kernel, collector, options).finally(() => clearInterval(ticking));
    cell.metadata.papermill = {
      ...timing(startTime),
      exception: failure !== undefined,
      status: failure ? "failed" : options.signal?.aborted ? "stopped" : "completed",
    };
    options.onCell?.(state(), failure ? "failed" : "completed");
    if (failure) {
      error = { cell: index + 1, ...failure };
      break;
    }
  }
  const status = options.signal?.aborted ? "stopped" : error ? "failed" : "completed";
  return { status, seconds: (performance.now() - startedAt) / 1000, ...(error ? { error } : {}) };
}

/** Papermill's names for when something ran. */
export function timing(start: Date): { start_time: string; end_time: string; duration: number } {
  const end = new Date();
  return {
    start_time: start.toISOString(),
    end_time: end.toISOString(),
    duration: (end.getTime() - start.getTime()) / 1000,
  };
}

/** Runs one cell; a value is why it failed. A kernel that dies is a failure like any other, so that outputs are kept. */
async function runCell(
  cell: CodeCell,
  kernel: CellExecutor,
  collector: OutputCollector,
  options: RunOptions,
): Promise<{ ename: string; evalue: string } | undefined> {
  const { timeoutSeconds, signal } = options;
  const interrupt = (): void => void kernel.interrupt().catch(() => undefined); // a kernel that is gone ends the cell itself
  let isLate = false;
  const timer = timeoutSeconds
    ? setTimeout(() => {
        isLate = true;
        interrupt();
      }, timeoutSeconds * 1000)
    : undefined;
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    const reply = await kernel.execute(cell.source, { onIopub: (message) => collector.handle(cell, message) });
    if (isLate)
      return appendError(cell, "TimeoutError", `the cell ran longer than ${timeoutSeconds} s and was interrupted`);
    if (reply.status === "ok") return undefined;
    const { ename = "Aborted", evalue = "the kernel did not run the cell" } = reply;
    return cell.outputs.some(isError) ? { ename, evalue } : appendError(cell, ename, evalue);
  } catch (cause) {
    return appendError(cell, "KernelDied", cause instanceof Error ? cause.message : String(cause));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", interrupt);
  }
}

function appendError(cell: CodeCell, ename: string, evalue: string): { ename: string; evalue: string } {
  cell.outputs.push({ output_type: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] });
  return { ename, evalue };
}

function isError(output: Output): boolean {
  return output.output_type === "error";
}

/** The nearest heading of the prose above a cell: says what is going on until the cell itself does. */
function headingAbove(notebook: Notebook, cell: CodeCell): string {
  const above = notebook.cells.slice(0, notebook.cells.indexOf(cell));
  const headings = above.flatMap(({ cell_type, source }) =>
    cell_type === "markdown" ? [...source.matchAll(/^#+\s+(.+)$/gm)].map((match) => match[1] ?? "") : [],
  );
  return headings.at(-1) ?? "";
}
