/** A cell that does not compile, as the protocol's error. */

import type { Diagnostic } from "../compiler/cellCompiler.js";
import type { CellError } from "../worker/protocol.js";
import { excerpt, heading } from "../worker/traceback.js";

/** Codes below this are the parser's. */
const FIRST_TYPE_ERROR = 2000;

/** One entry per diagnostic: where, what, and the line with the fault underlined. */
export function compileError(source: string, count: number, diagnostics: readonly Diagnostic[]): CellError {
  const lines = source.split("\n");
  const [first] = diagnostics;
  const ename =
    first !== undefined && first.code > 0 && first.code < FIRST_TYPE_ERROR ? "SyntaxError" : "TypeScriptError";
  const evalue = first?.message ?? "the cell does not compile";
  const traceback = diagnostics.flatMap((diagnostic) => {
    const { line, column, length, code, fileName, message } = diagnostic;
    const where = `${fileName ?? `Cell [${count}]`}, line ${line}, column ${column}`;
    const head = `    at ${where} (TS${code}): ${message}`;
    if (fileName !== undefined) return [head];
    const shown = excerpt(lines, line);
    const marked = shown.findIndex((text) => text.startsWith("  > "));
    const gutter = (shown[marked]?.indexOf("|") ?? 4) + 2;
    shown.splice(marked + 1, 0, " ".repeat(gutter + column - 1) + "~".repeat(length));
    return [head, ...shown];
  });
  return { ename, evalue, traceback: [heading(ename, evalue), ...traceback] };
}
