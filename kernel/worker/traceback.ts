/** Errors as a notebook shows them: frames named by cell, with the cell's own lines. */

import { basename } from "node:path";
import { inspect } from "node:util";
import { ScriptMap } from "../compiler/scriptMap.js";
import type { CellError, RunRequest } from "./protocol.js";

/** Lines of the cell shown before and after the failing one. */
const CONTEXT_LINES = 2;

/** In cells before the last so many, frames keep the names and lines of the compiled script. */
const REMEMBERED_CELLS = 1_000;

/** How many causes are followed. */
const MAX_CAUSES = 5;

/** A script whose frames are named by what the user wrote. */
interface Source {
  /** "Cell [3]", or the name of a local module's file. */
  readonly label: string;
  readonly lines: readonly string[];
  readonly map: ScriptMap;
  readonly isCell: boolean;
}

interface Frame {
  readonly text: string;
  /** Set when the frame is in a cell or a local module. */
  readonly at?: { readonly source: Source; readonly line: number };
}

/** Knows the cells that have run, and maps stack frames back to them. */
export class Tracebacks {
  private readonly sources = new Map<string, Source>();
  /** The files of the cells among them, oldest first. */
  private readonly cells: string[] = [];
  private readonly frames = new WeakMap<object, readonly Frame[]>();

  /** From now on, `error.stack` names cells, too: in what a cell prints, and in errors as values. */
  install(): void {
    Error.prepareStackTrace = (error: Error, sites) => {
      const frames = this.framesOf(sites.map((site) => `at ${String(site)}`));
      this.frames.set(error, frames);
      return [headerOf(error), ...frames.map(({ text }) => `    ${text}`)].join("\n");
    };
  }

  /** Remembers a cell under the file name that its frames carry. */
  add(filename: string, request: RunRequest): void {
    this.sources.set(filename, {
      label: `Cell [${request.count}]`,
      lines: request.source.split(/\r?\n/),
      map: ScriptMap.ofCell(request.sourceMap, request.mapLineOffset),
      isCell: true,
    });
    this.cells.push(filename);
    if (this.cells.length > REMEMBERED_CELLS) this.sources.delete(this.cells.shift() ?? "");
  }

  /** Remembers a local module that is about to run. */
  addModule(path: string, source: string, code: string): void {
    const map = ScriptMap.ofModule(code);
    if (map === null) return;
    this.sources.set(path, { label: basename(path), lines: source.split(/\r?\n/), map, isCell: false });
  }

  /** What the protocol says of a thrown value. The traceback starts with `name: message` and shows the failing lines. */
  describe(thrown: unknown): CellError {
    try {
      return this.read(thrown);
    } catch {
      // Its own code (a getter, a proxy) throws; the cell must end all the same.
      const [ename, evalue] = ["Uncaught", "a value that throws when it is looked at"];
      return { ename, evalue, traceback: [heading(ename, evalue)] };
    }
  }

  private read(thrown: unknown): CellError {
    if (!isError(thrown)) {
      const evalue = typeof thrown === "string" ? thrown : inspect(thrown);
      return { ename: "Uncaught", evalue, traceback: [heading("Uncaught", evalue)] };
    }
    return { ename: String(thrown.name), evalue: String(thrown.message), traceback: this.lines(thrown, 0) };
  }

  private lines(error: Error, depth: number): string[] {
    const lines = [heading(error.name, error.message)];
    let framesOfCells = 0;
    const { stack } = error; // Read first: that fills `frames`.
    for (const { text, at } of this.frames.get(error) ?? this.framesOf(stackFrames(stack))) {
      lines.push(`    ${text}`);
      if (at !== undefined && framesOfCells++ < 2) lines.push(...excerpt(at.source.lines, at.line));
    }
    const parts = error instanceof AggregateError ? error.errors.slice(0, MAX_CAUSES) : [];
    const causes = error.cause === undefined ? [] : [error.cause];
    if (depth >= MAX_CAUSES) return lines;
    for (const [title, found] of [
      ["Together with:", parts],
      ["Caused by:", causes],
    ] as const) {
      for (const cause of found)
        lines.push(title, ...(isError(cause) ? this.lines(cause, depth + 1) : [inspect(cause)]));
    }
    return lines;
  }

  /** Frames of cells by their own lines, others as they are, without the kernel's. */
  private framesOf(texts: readonly string[]): Frame[] {
    return texts.flatMap((text) => this.ownFrame(text) ?? (isKernelFrame(text) ? [] : [{ text }]));
  }

  private ownFrame(text: string): Frame | null {
    const match = /^at (?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/.exec(text);
    if (match === null) return null;
    const [, caller = "", file = "", scriptLine = "", scriptColumn = ""] = match;
    const source = this.sources.get(file.replace(/^(?:async )?(?:file:\/\/)?/, ""));
    if (source === undefined) return null;
    if (source.isCell && scriptLine === "1") return { text: `at ${source.label}, in an import` };
    const position = source.map.toSource(Number(scriptLine) - 1, Number(scriptColumn) - 1); // The map counts from 0.
    if (position === null) return null;
    const { line, column } = position;
    const where = `${source.label}, line ${line}, column ${column}`;
    const own = caller.replace(/^async /, "");
    const isBody = own === "" || own === "<anonymous>" || own === "eval";
    return { text: isBody ? `at ${where}` : `at ${own} (${where})`, at: { source, line } };
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

/** `name: message`, as V8 writes it above the frames; user code may have made either unreadable. */
function headerOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function stackFrames(stack: string | undefined): string[] {
  return String(stack ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "));
}

function isKernelFrame(text: string): boolean {
  return /\bnode:|[/\\]kernel[/\\]worker[/\\]/.test(text);
}
