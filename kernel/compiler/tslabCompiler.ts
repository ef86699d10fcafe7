/** The cell compiler: the converter, and our own last stage. */

import { fileURLToPath } from "node:url";
import type ts from "typescript";
import { isTypecheckMode, type TypecheckMode } from "../magics/catalog.js";
import { completeMagic, inspectMagic } from "../magics/magicHelp.js";
import { type Magic, type MagicCell, magicAt, readMagics } from "../magics/magicLines.js";
import { magicStatements } from "../magics/magicStatements.js";
import { documentedNames, sessionTable } from "../magics/sessionTable.js";
import { CELL_NAMESPACES } from "../worker/cellNamespaces.js";
import type { CellCompiler, CompiledCell, Completeness, Completion, Diagnostic, Inspection } from "./cellCompiler.js";
import { toCellFunction } from "./cellFunction.js";
import { CellProgram, MODULE_PREFIX } from "./cellProgram.js";
import { codeLines, isInTry } from "./codeLines.js";
import { completeness } from "./completeness.js";
import { type ConvertedDiagnostic, type ConvertResult, createConverter } from "./converter.js";
import {
  type CompiledDeclarations,
  mergeDeclarations,
  namesOfTypes,
  topLevelNames,
  withAbsoluteModules,
  withDeclared,
} from "./declarations.js";
import { declaresGlobals, type Globals } from "./environment.js";
import { withoutModuleWords } from "./moduleWords.js";
import { sessionNames } from "./sessionNames.js";
import type { Typescript } from "./typescript.js";

/** The converter puts `export {};` before each source. */
const MAP_LINE_OFFSET = 1;

/** Smaller codes are the parser's. */
const FIRST_TYPE_ERROR = 2000;

const GLOBALS: Globals = {
  constantsFile: fileURLToPath(new URL("../worker/cellGlobals.d.ts", import.meta.url)),
  namespaces: CELL_NAMESPACES,
};

/** Reads the declarations of the language, of Node and of the kernel's globals: what takes longest before a first cell. */
export function createCells(ts: Typescript): CellProgram {
  const cells = new CellProgram(ts, GLOBALS, process.cwd());
  cells.update("", "");
  return cells;
}

/**
 * Creates the compiler for cells of the working directory.
 *
 * @param cells  the program of which they become part
 */
export function createTslabCompiler(ts: Typescript, cells: CellProgram = createCells(ts)): CellCompiler {
  const uses = new Set<string>();
  const initialMode = process.env.SPTLAB_TYPECHECK;
  let mode: TypecheckMode = isTypecheckMode(initialMode) ? initialMode : "error";
  let directory = process.cwd();
  let declarations = "";
  /** Those of the cell that is being compiled. */
  let magics: readonly Magic[] = [];
  const isGlobals = (file: ts.SourceFile) => declaresGlobals(GLOBALS, file.fileName);

  const converter = createConverter(ts, cells, (view) => (context) => {
    const { checker, cell } = view;
    const knowledge = (name: string): string | null => {
      if (name === "%who") return JSON.stringify(sessionTable(ts, checker, [cell, view.declarations]));
      if (name !== "%help") return null;
      return JSON.stringify(documentedNames(ts, ts.sys.readFile(GLOBALS.constantsFile) ?? ""));
    };
    const isDeclarations = (file: ts.SourceFile) => file === view.declarations;
    const calls = magicStatements(ts, magics, MODULE_PREFIX.length, knowledge)(context);
    const names = sessionNames(ts, checker, isDeclarations, isGlobals, (name) => uses.add(name))(context);
    return (file) => names(file === cell ? calls(file) : file);
  });
  let nextId = 1;
  /** Compiled cells that wait for `commit`: one of each shell at most. */
  const pending = new Map<number, CompiledDeclarations>();

  const read = (source: string): MagicCell => {
    let known: Set<string> | undefined;
    return readMagics(ts, source, (word) => {
      known ??= new Set([...topLevelNames(ts, declarations), ...topLevelNames(ts, source)]);
      return known.has(word) || word in globalThis || word in CELL_NAMESPACES;
    });
  };

  const moveTo = (newDirectory: string): void => {
    if (newDirectory === directory) return;
    declarations = withAbsoluteModules(declarations, directory);
    converter.moveTo(newDirectory);
    directory = newDirectory;
  };

  return {
    compile(source) {
      uses.clear();
      const cell = read(source);
      if (cell.faults.length > 0) return { status: "error", ename: "UsageError", diagnostics: cell.faults };
      magics = cell.magics;
      mode = newMode(magics) ?? mode;
      const previous = magics.some(({ name }) => name === "%reset") ? "" : declarations;
      const text = withoutModuleWords(ts, cell.text);
      const strict = convert(() => converter.convert(previous, text));
      const found = merged(strict.diagnostics);
      const isLowered = mode !== "error" && found.length > 0;
      const result = isLowered ? convert(() => converter.convert(previous, text, isSyntaxFault)) : strict;
      if (result.diagnostics.length > 0) return { status: "error", diagnostics: merged(result.diagnostics) };
      const body = toCellFunction(ts, result.output ?? "", result.lastExpressionVar);
      const id = nextId++;
      const own = new Set([...body.names, ...namesOfTypes(ts, text)]);
      pending.set(id, { base: declarations, declarations: result.declOutput ?? "", own });
      return {
        status: "ok",
        id,
        code: body.code,
        sourceMap: body.sourceMap,
        mapLineOffset: MAP_LINE_OFFSET,
        uses: [...uses, ...body.imports],
        sideModules: result.sideModules ?? [],
        warnings: mode === "warn" ? found : [],
      } satisfies CompiledCell;
    },
    commit(id, dead, newDirectory) {
      const compiled = pending.get(id);
      if (compiled !== undefined) declarations = mergeDeclarations(ts, declarations, compiled, dead);
      pending.delete(id);
      moveTo(newDirectory);
      return declarations;
    },
    discard(id) {
      pending.delete(id);
      converter.reset(); // Its local modules may not have reached the worker.
    },
    complete: (source, position): Completion => {
      const cell = read(source);
      const magic = completeMagic(source, position);
      if (magic !== null) return magic;
      if (magicAt(source, cell, position) !== null) return { start: position, end: position, matches: [], kinds: [] };
      const { start, end, candidates, original } = converter.complete(declarations, cell.text, position);
      const kinds = new Map(original?.entries.map((entry) => [entry.name, entry.kind as string]));
      const matches = [...new Set(candidates)];
      return { start, end, matches, kinds: matches.map((name) => kinds.get(name) ?? "text") };
    },
    inspect(source, position): Inspection | null {
      const cell = read(source);
      const magic = magicAt(source, cell, position);
      if (magic !== null) return inspectMagic(magic);
      for (const at of inspectedPositions(source, position)) {
        const info = converter.inspect(declarations, cell.text, at);
        if (info !== undefined && joined(info.displayParts) !== "any") return toInspection(info);
      }
      return null;
    },
    completeness: (source): Completeness => completeness(ts, read(source).text),
    codeLines: (source) => codeLines(ts, read(source).text),
    isInTry: (source, line, column) => isInTry(ts, read(source).text, line, column),
    declare(name) {
      declarations = withDeclared(ts, declarations, name);
      return declarations;
    },
    restore(text) {
      converter.reset();
      declarations = text;
      moveTo(process.cwd());
      pending.clear();
    },
  };
}

/** What TypeScript throws on a cell is that cell's error: the kernel goes on. */
function convert(run: () => ConvertResult): ConvertResult {
  try {
    return run();
  } catch (error) {
    const messageText = error instanceof Error ? error.message : String(error);
    const start = { line: 0, character: 0 };
    return { diagnostics: [{ start, end: start, messageText, code: 0 }] };
  }
}

function isSyntaxFault(code: number): boolean {
  return code < FIRST_TYPE_ERROR;
}

/** The converter gives each line of a message's explanation a diagnostic of its own, at the same place: they become one. */
function merged(found: readonly ConvertedDiagnostic[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { start, end, messageText, code, fileName } of found) {
    const length = end.line === start.line ? Math.max(1, end.character - start.character) : 1;
    const last = diagnostics.at(-1);
    const [line, column] = [start.line + 1, start.character + 1];
    const isExplanation =
      last?.line === line && last.column === column && last.length === length && last.fileName === fileName;
    if (last === undefined || !isExplanation)
      diagnostics.push({ message: messageText, line, column, length, code, fileName });
    else diagnostics.splice(-1, 1, { ...last, message: `${last.message}\n      ${messageText}` });
  }
  return diagnostics;
}

/** What the cell's newest `%typecheck` asks for. */
function newMode(magics: readonly Magic[]): TypecheckMode | undefined {
  const asked = magics.filter(({ name }) => name === "%typecheck").at(-1)?.argument;
  return isTypecheckMode(asked) ? asked : undefined;
}

/** The cursor itself, then the end of the identifier before it: consoles ask with the cursor behind `f(`. */
function inspectedPositions(source: string, position: number): number[] {
  const before = /[\p{L}\p{N}_$]+(?=[^\p{L}\p{N}_$]*$)/u.exec(source.slice(0, position));
  return before === null ? [position] : [position, before.index];
}

function toInspection(info: ts.QuickInfo): Inspection {
  const tags = (info.tags ?? []).map((tag) => `@${tag.name} ${joined(tag.text)}`.trim());
  return { signature: joined(info.displayParts), documentation: joined(info.documentation), tags };
}

function joined(parts: readonly ts.SymbolDisplayPart[] | undefined): string {
  return (parts ?? []).map(({ text }) => text).join("");
}
