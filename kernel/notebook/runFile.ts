/** From notebook file to executed file and report, with a progress line on the terminal. */

import { readFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { ConfigError } from "../../lib/errors.js";
import { type FreshRunOptions, runFresh } from "./freshRun.js";
import { readNotebook, writeNotebook } from "./notebook.js";
import { injectParameters, parseParameters } from "./parameters.js";
import { writeReport, writeText } from "./reportFile.js";
import { type RunResult, timing } from "./runNotebook.js";

/** What to run it with, and where to. */
export interface RunFileOptions extends FreshRunOptions {
  /** `name=value` settings of the parameters cell. */
  readonly settings?: readonly string[];
  /** Executed notebook; `runs/<name>/<name>.ipynb` in the working directory unless told. */
  readonly outputPath?: string | undefined;
  /** HTML report; none unless told. Its path goes to stdout. */
  readonly htmlPath?: string | undefined;
}

/**
 * Runs the notebook at `path` (see `runFresh`). The executed notebook and the report are written also after a failure or an
 * interrupt.
 *
 * @throws Error  when the notebook cannot be read, a parameter does not fit, or the kernel does not start
 */
export async function runFile(path: string, options: RunFileOptions = {}): Promise<RunResult> {
  const values = parseParameters(options.settings ?? []);
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new ConfigError(
      `sptlab run needs the path of a notebook; ${error.message}. Name a file that ends in .ipynb.`,
    );
  });
  const notebook = injectParameters(readNotebook(text, path), values);
  const name = basename(path, extname(path));
  const outputPath = options.outputPath ?? join("runs", name, `${name}.ipynb`);
  const start = new Date();
  const result = await runFresh(notebook, options);
  notebook.metadata.papermill = {
    ...timing(start),
    exception: result.status === "completed" ? null : true,
    input_path: path,
    output_path: outputPath,
    parameters: values,
  };
  await writeText(outputPath, writeNotebook(notebook));
  (options.stream ?? process.stderr).write(`notebook: ${outputPath}\n`);
  if (options.htmlPath) {
    await writeReport(notebook, basename(path), options.htmlPath);
    process.stdout.write(`report: ${resolve(options.htmlPath)}\n`);
  }
  return result;
}
