/** From an executed notebook to its report. */

import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { readExecuted } from "./executedNotebook.js";
import { htmlReport } from "./htmlReport.js";
import type { Notebook } from "./notebook.js";

/**
 * Writes the report on the executed notebook at `path`.
 *
 * @param outputPath  where to; beside the notebook, as `<name>.html`, unless told
 * @returns  the report's whole path
 * @throws Error  when the notebook cannot be read, was never executed, or is for another language's kernel
 */
export async function reportFile(path: string, outputPath?: string): Promise<string> {
  const notebook = await readExecuted(path);
  const name = basename(path, extname(path));
  const target = resolve(outputPath ?? join(dirname(path), `${name}.html`));
  if (target === resolve(path)) {
    throw new Error(`${path} would be overwritten by its own report. Name another file with --output.`);
  }
  await writeReport(notebook, basename(path), target);
  return target;
}

/** Writes the report on `notebook`, which it calls `name`, to `path`. */
export async function writeReport(notebook: Notebook, name: string, path: string): Promise<void> {
  await writeText(path, await htmlReport(notebook, { name }));
}

/** Writes a file, and makes the folders above it. */
export async function writeText(path: string, content: string): Promise<void> {
  await mkdir(dirname(resolve(path)), { recursive: true });
  await writeFile(path, content);
}
