/**
 * Finds the magics of a cell and puts TypeScript of the same length in their place, so that every position in the cell
 * stays what it was for type errors, tracebacks, completion and inspection.
 */

import type ts from "typescript";
import type { Diagnostic } from "../compiler/cellCompiler.js";
import { completeness } from "../compiler/completeness.js";
import type { Typescript } from "../compiler/typescript.js";
import { findMagic, isTypecheckMode, MAGICS, TYPECHECK_MODES } from "./catalog.js";

/** A magic in a cell. */
export interface Magic {
  /** As in the catalog. */
  readonly name: string;
  /** What follows: options before code, or the rest of the line. */
  readonly argument: string;
  /** Where it starts in the cell, UTF-16 units. There the stand-in, a statement `0;`, starts too. */
  readonly start: number;
  /** Where its line ends: statements that start before are measured by `%time`. */
  readonly end: number;
}

/** A cell without its magics. */
export interface MagicCell {
  /** TypeScript as long as the cell. */
  readonly text: string;
  readonly magics: readonly Magic[];
  /** What is wrong with its magics. */
  readonly faults: readonly Diagnostic[];
}

/** A line that may be a magic: `%word`, `%%word`, or `!` before a command. A command goes on after a backslash. */
const CANDIDATE = /^(?:%%?[A-Za-z_]\w*[^\r\n]*|![ \t]*[A-Za-z_.~/](?:[^\r\n]*\\\r?\n)*[^\r\n]*)/gm;

/** Words after `!` that make it TypeScript's "not". */
const OPERAND_WORDS = /^(?:async|await|class|false|function|import|new|null|super|this|true|typeof|undefined|void)$/;

/**
 * Reads a cell. A line is a magic when it starts in the first column, where a statement may start, and TypeScript could
 * not mean an expression: `%word` needs a magic's name (or does not parse), `!word` a first word that names no value.
 *
 * @param isName  whether a word names a value that the cell could mean
 */
export function readMagics(ts: Typescript, source: string, isName: (word: string) => boolean): MagicCell {
  const text = source.replace(/^#!/, "//"); // A module's first line may name its interpreter.
  const candidates = [...text.matchAll(CANDIDATE)]
    .map((match): Candidate => ({ start: match.index ?? 0, line: match[0], ...split(match[0]) }))
    .filter(({ name, rest }) => name !== "!" || !isOperand(ts, rest, isName));
  if (candidates.length === 0) return { text, magics: [], faults: [] };

  const starts = statementStarts(ts, text, candidates);
  const isKnown = ({ name }: Candidate) => findMagic(name) !== undefined;
  const standing = candidates.filter((candidate) => starts.has(candidate.start));
  const known = standing.filter(isKnown);
  const replaced = known.reduce(standIn, text);
  const unknown = parses(ts, replaced) ? [] : standing.filter((candidate) => !isKnown(candidate));
  const place = (candidate: Candidate) => positionOf(text, candidate);
  const faults = [
    ...unknown.map((candidate) => ({ ...place(candidate), message: unknownMessage(candidate.name) })),
    ...known.flatMap((candidate) => {
      const message = faultOf(ts, replaced, candidate);
      return message === null ? [] : [{ ...place(candidate), message }];
    }),
  ];
  const magics = known.map(({ name, rest, start, line }): Magic => {
    return { name, argument: argumentOf(name, rest), start, end: start + line.length };
  });
  return { text: unknown.reduce(standIn, replaced), magics, faults };
}

/** The magic whose line holds `position`, when that is in its name or in an argument that is not TypeScript. */
export function magicAt(source: string, cell: MagicCell, position: number): Magic | null {
  const lineStart = source.lastIndexOf("\n", position - 1) + 1;
  const magic = cell.magics.find(({ start }) => start === lineStart);
  if (magic === undefined) return null;
  const isCode = findMagic(magic.name)?.takesCode === true && position > lineStart + magic.name.length;
  return isCode ? null : magic;
}

interface Candidate {
  readonly start: number;
  /** The whole text that belongs to it. */
  readonly line: string;
  readonly name: string;
  readonly rest: string;
}

function split(line: string): { name: string; rest: string } {
  const name = /^(?:%+\w+|!)/.exec(line)?.[0] ?? line;
  return { name, rest: line.slice(name.length) };
}

/** `!flag && f(`, but not `!ls *.ts`, even where `ls` is a variable. */
function isOperand(ts: Typescript, rest: string, isName: (word: string) => boolean): boolean {
  const word = /^[ \t]*([\p{L}_][\p{L}\p{N}_$]*)/u.exec(rest)?.[1];
  const isValue = word !== undefined && (OPERAND_WORDS.test(word) || isName(word));
  return isValue && completeness(ts, rest).status !== "invalid";
}

/** Options of `%timeit` stand before the code. */
const TIMEIT_OPTIONS = /^(?:[ \t]+-[nr][ \t]*\d+(?=[ \t]))*/;

function argumentOf(name: string, rest: string): string {
  const options = findMagic(name)?.takesCode === true ? (TIMEIT_OPTIONS.exec(rest)?.[0] ?? "") : rest;
  return options.replace(/\\\r?\n/g, " ").trim();
}

/** Replaces a magic by `0;` and blanks; code that follows it stays where it is. */
function standIn(text: string, { start, line, name, rest }: Candidate): string {
  const length = findMagic(name)?.takesCode === true ? name.length + argumentLength(name, rest) : line.length;
  const blanks = text.slice(start + 2, start + length).replace(/[^\r\n]/g, " ");
  return `${text.slice(0, start)}0;${blanks}${text.slice(start + length)}`;
}

function argumentLength(name: string, rest: string): number {
  return name === "%timeit" ? (TIMEIT_OPTIONS.exec(rest)?.[0].length ?? 0) : 0;
}

/** The candidates in whose place a statement can stand: not those in strings, comments and the middle of expressions. */
function statementStarts(ts: Typescript, text: string, candidates: readonly Candidate[]): Set<number> {
  const file = parse(ts, candidates.reduce(standIn, text));
  const isStandIn = (statement: ts.Statement) =>
    ts.isExpressionStatement(statement) && ts.isNumericLiteral(statement.expression);
  return new Set(file.statements.filter(isStandIn).map((statement) => statement.getStart(file)));
}

function parse(ts: Typescript, text: string): ts.SourceFile {
  return ts.createSourceFile("cell.ts", text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

function parses(ts: Typescript, text: string): boolean {
  return (parse(ts, text) as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics.length === 0;
}

function unknownMessage(name: string): string {
  const names = MAGICS.map((magic) => magic.name).join(", ");
  return `expected one of the magics ${names}; got ${name}. %help describes them; for a remainder write "% ${name.replace(/^%+/, "")}".`;
}

/** What is wrong with a known magic; null when nothing is. */
function faultOf(ts: Typescript, replaced: string, { name, rest, start, line }: Candidate): string | null {
  const argument = argumentOf(name, rest);
  if (findMagic(name)?.takesCode === true) {
    const file = parse(ts, replaced);
    const isBehind = (at: number) => at > start && at < start + line.length;
    const [code, ...more] = file.statements.filter((statement) => isBehind(statement.getStart(file)));
    if (code === undefined) return `expected TypeScript behind ${name}; got nothing. Write ${name} f(x).`;
    if (name === "%timeit" && (!ts.isExpressionStatement(code) || more.length > 0)) {
      return "expected one expression behind %timeit, which runs many times; got statements. %time measures those.";
    }
  }
  if (name === "%%time" && replaced.slice(0, start).trim() !== "") {
    return "expected %%time in the first line of the cell, whose time it tells; got code before it. Move it up.";
  }
  if (name === "%typecheck" && argument !== "" && !isTypecheckMode(argument)) {
    return `expected %typecheck ${TYPECHECK_MODES.join(", ")} or nothing; got ${argument}.`;
  }
  const takesNone = name === "%who" || name === "%reset" || name === "%help" || name === "%%time";
  if (takesNone && argument.replace(/\/\/.*/, "").trim() !== "")
    return `expected nothing behind ${name}; got ${argument}.`;
  return null;
}

function positionOf(text: string, { start, name }: Candidate): Omit<Diagnostic, "message"> {
  return { line: text.slice(0, start).split("\n").length, column: 1, length: name.length, code: 0 };
}
