/** Errors as a notebook shows them: frames named by cell, with the cell's own lines. */

import { SourceMap, type SourceMapPayload } from "node:module";
import { inspect } from "node:util";
import type { CellError, RunRequest } from "./protocol.js";

/** Lines of the cell shown before and after the failing one. */
const CONTEXT_LINES = 2;

/** How many causes are followed. */
const MAX_CAUSES = 5;

interface CellSource {
  readonly count: number;
  readonly lines: readonly string[];
  readonly map: SourceMap;
  readonly lineOffset: number;
}

interface CellFrame {
  readonly caller: string;
  readonly source: CellSource;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Knows the cells that have run, and maps stack frames back to them. */
export class Tracebacks {
  private readonly sources = new Map<string, CellSource>();

  /** Remembers a cell under the file name that its frames carry. */
  add(filename: string, request: RunRequest): void {
    this.sources.set(filename, {
      count: request.count,
      lines: request.source.split("\n"),
      map: new SourceMap(JSON.parse(request.sourceMap) as SourceMapPayload),
      lineOffset: request.mapLineOffset,
    });
  }

  /** What the protocol says of a thrown value. The traceback starts with `name: message` and shows the failing lines. */
  describe(thrown: unknown): CellError {
    if (!isError(thrown)) {
      const evalue = typeof thrown === "string" ? thrown : inspect(thrown);
      return { ename: "Uncaught", evalue, traceback: [heading("Uncaught", evalue)] };
    }
    return { ename: thrown.name, evalue: thrown.message, traceback: this.lines(thrown, 0) };
  }

  private lines(error: Error, depth: number): string[] {
    const lines = [heading(error.name, error.message)];
    let framesOfCells = 0;
    for (const text of stackFrames(error)) {
      const frame = this.cellFrame(text);
      if (frame === null) {
        if (!isKernelFrame(text)) lines.push(`    ${text}`);
        continue;
      }
      const where = `Cell [${frame.source.count}], line ${frame.line}, column ${frame.column}`;
      lines.push(frame.caller === "" ? `    at ${where}` : `    at ${frame.caller} (${where})`);
      if (framesOfCells++ < 2) lines.push(...excerpt(frame.source.lines, frame.line));
    }
    if (error.cause !== undefined && depth < MAX_CAUSES) {
      const cause = isError(error.cause) ? this.lines(error.cause, depth + 1) : [inspect(error.cause)];
      lines.push("Caused by:", ...cause);
    }
    return lines;
  }

  private cellFrame(text: string): CellFrame | null {
    const match = /^at (?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/.exec(text);
    if (match === null) return null;
    const [, caller = "", file = "", line = "", column = ""] = match;
    const source = this.sources.get(file);
    if (source === undefined) return null;
    // Line 1 of the script is the prologue; the body starts on line 2. The map counts from 0.
    const entry = source.map.findEntry(Number(line) - 2, Number(column) - 1);
    if (!("originalLine" in entry)) return null;
    const own = caller.replace(/^async /, "");
    const isBody = own === "" || own === "<anonymous>" || own === "eval";
    return {
      caller: isBody ? "" : own,
      source,
      line: entry.originalLine + 1 - source.lineOffset,
      column: entry.originalColumn + 1,
    };
  }
}

/** `name: message` in red, as consoles show it. */
export function heading(name: string, message: string): string {
  return `\u001b[31m${name}\u001b[39m: ${message}`;
}

/** The lines around `line` (from 1), that one marked. */
export function excerpt(lines: readonly string[], line: number): string[] {
  const first = Math.max(1, line - CONTEXT_LINES);
  const last = Math.min(lines.length, line + CONTEXT_LINES);
  const width = String(last).length;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
    const number = first + index;
    return `${number === line ? "  > " : "    "}${String(number).padStart(width)} | ${lines[number - 1] ?? ""}`;
  });
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function stackFrames(error: Error): string[] {
  return (error.stack ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "));
}

function isKernelFrame(text: string): boolean {
  return /\bnode:|[/\\]kernel[/\\]worker[/\\]/.test(text);
}
