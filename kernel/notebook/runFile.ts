/** From notebook file to executed file and report, with a progress line on the terminal. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ConfigError } from "../../lib/errors.js";
import { type KernelClient, startKernel } from "../client/jupyterClient.js";
import { htmlReport } from "./htmlReport.js";
import { type Notebook, readNotebook, writeNotebook } from "./notebook.js";
import { injectParameters, type Parameters, parseParameters } from "./parameters.js";
import { type ProgressLine, type ProgressStream, progressLine } from "./progressLine.js";
import { type CellExecutor, type RunResult, type RunState, runNotebook, timing } from "./runNotebook.js";

/** What to run it with, and where to. */
export interface RunFileOptions {
  /** `name=value` settings of the parameters cell. */
  readonly settings?: readonly string[];
  /** Executed notebook; `runs/<name>/<name>.ipynb` in the working directory unless told. */
  readonly outputPath?: string | undefined;
  /** HTML report; none unless told. */
  readonly htmlPath?: string | undefined;
  /** Longest time of one cell in seconds. */
  readonly timeoutSeconds?: number | undefined;
  /** Where progress goes: stderr unless told. The report's path goes to stdout. */
  readonly stream?: ProgressStream;
  /** Starts the kernel that runs the cells; ours over ZeroMQ sockets unless told. */
  readonly start?: () => Promise<RunningKernel>;
}

/** A kernel that can be ended. */
export type RunningKernel = CellExecutor & Pick<KernelClient, "shutdown">;

/**
 * Runs the notebook at `path`. SIGINT or SIGTERM interrupts the running cell; a second one ends the process.
 * The executed notebook and the report are written also after a failure or an interrupt.
 *
 * @throws Error  when the notebook cannot be read, a parameter does not fit, or the kernel does not start
 */
export async function runFile(path: string, options: RunFileOptions = {}): Promise<RunResult> {
  const stream = options.stream ?? process.stderr;
  const values = parseParameters(options.settings ?? []);
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new ConfigError(
      `sptlab run needs the path of a notebook; ${error.message}. Name a file that ends in .ipynb.`,
    );
  });
  const notebook = injectParameters(readNotebook(text, path), values);
  const name = basename(path, extname(path));
  const outputPath = options.outputPath ?? join("runs", name, `${name}.ipynb`);
  const line = progressLine(stream);
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stream.write("\ninterrupting; once more to quit without writing\n");
    stop.abort();
  };
  for (const name of stopSignals) process.on(name, onInterrupt);
  const start = new Date();
  try {
    line.update("starting the kernel");
    const kernel = await (options.start ?? startOurs)();
    const result = await runNotebook(notebook, kernel, {
      timeoutSeconds: options.timeoutSeconds,
      signal: stop.signal,
      onState: (state) => line.update(stateLine(state)),
      onCell: (state, status) => line.end(`${stateLine(state)}${status === "failed" ? " - FAILED" : ""}`),
    }).finally(() => kernel.shutdown());
    notebook.metadata.papermill = {
      ...timing(start),
      exception: result.status === "completed" ? null : true,
      input_path: path,
      output_path: outputPath,
      parameters: values,
    };
    await write(outputPath, writeNotebook(notebook));
    reportResult(result, outputPath, line);
    if (options.htmlPath) {
      await write(
        options.htmlPath,
        await htmlReport(notebook, { facts: factsOf(notebook, path, values, start, result) }),
      );
      process.stdout.write(`report: ${resolve(options.htmlPath)}\n`);
    }
    return result;
  } finally {
    for (const name of stopSignals) process.off(name, onInterrupt);
  }
}

/** Ctrl-C, and what job runners send before they kill. */
const stopSignals = ["SIGINT", "SIGTERM"] as const;

function startOurs(): Promise<RunningKernel> {
  return startKernel({ cwd: process.cwd(), env: { SPTLAB_HISTORY: "off" } }); // nobody typed these cells
}

function stateLine(state: RunState): string {
  return `cell ${state.cell}/${state.cellCount} ${state.seconds.toFixed(0).padStart(4)} s  ${state.text}`;
}

function reportResult(result: RunResult, outputPath: string, line: ProgressLine): void {
  const { status, error, seconds } = result;
  if (error) line.end(`cell ${error.cell} failed: ${error.ename}: ${error.evalue}`);
  line.end(`${status} in ${seconds.toFixed(0)} s; notebook: ${outputPath}`);
}

function factsOf(
  notebook: Notebook,
  path: string,
  values: Parameters,
  start: Date,
  result: RunResult,
): [string, string][] {
  const { kernelspec } = notebook.metadata as { kernelspec?: { display_name?: string } };
  const set = Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [
    ["Notebook", basename(path)],
    ["Kernel", kernelspec?.display_name ?? "TypeScript (sptlab)"],
    ["Started", start.toISOString()],
    ["Took", `${result.seconds.toFixed(0)} s, ${result.status}`],
    ["Parameters set", set.join(", ") || "none (the notebook's defaults)"],
    ["Node", `${process.version}, ${process.platform} ${process.arch}`],
  ];
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(resolve(path)), { recursive: true });
  await writeFile(path, content);
}
