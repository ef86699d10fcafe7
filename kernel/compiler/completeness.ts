/** Tells a console whether Enter should run the text or continue it. */

import type ts from "typescript";
import type { Completeness } from "./cellCompiler.js";
import type { Typescript } from "./typescript.js";

/** Faults that more text can end wherever they start: an unterminated template literal, an open comment. */
const UNTERMINATED = new Set([1160, 1010]);

/** A quoted string ends on its own line. */
const UNTERMINATED_STRING = 1002;

/** Parses `source`: complete, invalid, or incomplete when all that is missing stands at its end. */
export function completeness(ts: Typescript, source: string): Completeness {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const faults = (file as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics;
  const end = source.trimEnd().length;
  const [first] = faults;
  if (first === undefined) return { status: "complete" };
  if (first.code === UNTERMINATED_STRING) return { status: "invalid" };
  if (UNTERMINATED.has(first.code) || first.start >= end) return { status: "incomplete", indent: indentAfter(source) };
  return { status: "invalid" };
}

/** Two spaces deeper after an opening bracket, otherwise as deep as the last line. */
function indentAfter(source: string): string {
  const line = source.trimEnd().split("\n").at(-1) ?? "";
  const current = /^\s*/.exec(line)?.[0] ?? "";
  return /[{([]\s*$/.test(line) || /=>\s*$/.test(line) ? `${current}  ` : current;
}
