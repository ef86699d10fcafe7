/** Executed notebooks: read from their own file or out of a report, and refused when they are not what they must be. */

import { readFile } from "node:fs/promises";
import { extractNotebook } from "./embeddedNotebook.js";
import { type CodeCell, type Notebook, readNotebook } from "./notebook.js";

/**
 * Reads an executed notebook, or the one in a report.
 *
 * @throws Error  when there is none at `path`, it was never executed, or it is for another language's kernel
 */
export async function readExecuted(path: string): Promise<Notebook> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new Error(`Expected the path of an executed notebook or of a report; ${cause.message}.`, { cause });
  });
  const notebook = text.trimStart().startsWith("<") ? extractNotebook(text, path) : readNotebook(text, path);
  const { kernelspec = {}, language_info = {} } = notebook.metadata as Record<string, Record<string, unknown>>;
  const language = String(language_info.name ?? kernelspec.language ?? "typescript");
  if (!/^(type|java)script$/i.test(language)) {
    throw new Error(
      `${path} must be a TypeScript notebook; its language is ${language}. Choose one of the kernel sptlab.`,
    );
  }
  const cells = codeCells(notebook);
  if (cells.every((cell) => cell.execution_count === null && cell.outputs.length === 0)) {
    throw new Error(
      `${path} was never executed: none of its ${cells.length} code cells has an output. Run it first: sptlab run ${path}`,
    );
  }
  return notebook;
}

/** The cells that run: code with something in it. */
export function codeCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code" && cell.source.trim() !== "");
}

/** Which cells have no result, one sentence each: those that failed, and those that were left out. */
export function missingResults(notebook: Notebook): string[] {
  return codeCells(notebook).flatMap(({ outputs, execution_count }, index) => {
    const place = `Code cell ${index + 1}`;
    const failures = outputs.flatMap((output) =>
      output.output_type === "error" ? [`${place} failed: ${output.ename}: ${output.evalue}.`] : [],
    );
    return execution_count === null ? [...failures, `${place} was not executed.`] : failures;
  });
}
