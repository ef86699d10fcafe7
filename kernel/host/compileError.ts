/** A cell that does not compile, as the protocol's error. */

import type { Diagnostic } from "../compiler/cellCompiler.js";
import type { CellError } from "../worker/protocol.js";
import { excerpt, heading } from "../worker/traceback.js";

/** Codes below this are the parser's. */
const FIRST_TYPE_ERROR = 2000;

/** The most faults that are listed. */
const MAX_LISTED = 20;

/**
 * A rejected cell as an error.
 *
 * @param name  the error's name, when it is not TypeScript's
 */
export function compileError(
  source: string,
  count: number,
  diagnostics: readonly Diagnostic[],
  name?: string,
): CellError {
  const [first] = diagnostics;
  const isSyntax = first !== undefined && first.code > 0 && first.code < FIRST_TYPE_ERROR;
  const ename = name ?? (isSyntax ? "SyntaxError" : "TypeScriptError");
  const evalue = first?.message.split("\n", 1)[0] ?? "the cell does not compile";
  return { ename, evalue, traceback: [heading(ename, evalue), ...listed(source, count, diagnostics)] };
}

/** Faults that did not stop the cell, as text for stderr. */
export function compileWarnings(source: string, count: number, diagnostics: readonly Diagnostic[]): string {
  return `\u001b[33mTypeScript warning\u001b[39m\n${listed(source, count, diagnostics).join("\n")}\n`;
}

/** One entry per diagnostic: where, what, and the line with the fault underlined. */
function listed(source: string, count: number, diagnostics: readonly Diagnostic[]): string[] {
  const lines = source.split(/\r?\n/);
  const entries = diagnostics.slice(0, MAX_LISTED).flatMap((diagnostic) => {
    const { line, column, length, code, fileName, message } = diagnostic;
    const where = `${fileName ?? `Cell [${count}]`}, line ${line}, column ${column}`;
    const head = `    at ${where}${code === 0 ? "" : ` (TS${code})`}: ${message}`;
    if (fileName !== undefined) return [head];
    const shown = excerpt(lines, line);
    const marked = shown.findIndex((text) => text.startsWith("  > "));
    const gutter = (shown[marked]?.indexOf("|") ?? 4) + 2;
    shown.splice(marked + 1, 0, " ".repeat(gutter + column - 1) + "~".repeat(length));
    return [head, ...shown];
  });
  const rest = diagnostics.length - MAX_LISTED;
  return rest > 0 ? [...entries, `    … and ${rest} more`] : entries;
}
