/** The cell compiler: the converter, and our own last stage. */

import { fileURLToPath } from "node:url";
import type ts from "typescript";
import { CELL_NAMESPACES } from "../worker/cellNamespaces.js";
import type {
  CellCompiler,
  CompiledCell,
  Completeness,
  Completion,
  Diagnostic,
  Inspection,
  RejectedCell,
} from "./cellCompiler.js";
import { toCellFunction } from "./cellFunction.js";
import { completeness } from "./completeness.js";
import { type ConvertedDiagnostic, type ConvertResult, createConverter } from "./converter.js";
import { type CompiledDeclarations, mergeDeclarations, namesOfTypes } from "./declarations.js";
import { declaresGlobals } from "./environment.js";
import { sessionNames } from "./sessionNames.js";
import { loadTypescript, type Typescript } from "./typescript.js";

/** The converter puts `export {};` before each source. */
const MAP_LINE_OFFSET = 1;

/**
 * Creates the compiler for cells of the working directory (about a second: it reads the libraries' declarations).
 * Once per thread.
 */
export function createTslabCompiler(): CellCompiler {
  const constantsFile = fileURLToPath(new URL("../worker/cellGlobals.d.ts", import.meta.url));
  const globals = { constantsFile, namespaces: CELL_NAMESPACES };
  const uses = new Set<string>();
  const ts = loadTypescript();
  const converter = createConverter(ts, globals, process.cwd(), (view) =>
    sessionNames(
      ts,
      view.checker,
      (file) => file === view.declarations,
      (file) => declaresGlobals(globals, file.fileName),
      (name) => uses.add(name),
    ),
  );
  let declarations = "";
  let nextId = 1;
  /** Compiled cells that wait for `commit`: one of each shell at most. */
  const pending = new Map<number, CompiledDeclarations>();

  return {
    compile(source) {
      uses.clear();
      const result = convert(() => converter.convert(declarations, withoutExport(ts, source)));
      if (result.diagnostics.length > 0) return rejected(result.diagnostics);
      const cell = toCellFunction(ts, result.output ?? "", result.lastExpressionVar);
      const id = nextId++;
      const own = new Set([...cell.names, ...namesOfTypes(ts, source)]);
      pending.set(id, { base: declarations, declarations: result.declOutput ?? "", own });
      return {
        status: "ok",
        id,
        code: cell.code,
        sourceMap: cell.sourceMap,
        mapLineOffset: MAP_LINE_OFFSET,
        uses: [...uses, ...cell.imports],
        sideModules: (result.sideOutputs ?? []).map(({ path, data }) => ({ path, code: toCommonJs(ts, data) })),
      } satisfies CompiledCell;
    },
    commit(id, dead) {
      const compiled = pending.get(id);
      if (compiled !== undefined) declarations = mergeDeclarations(ts, declarations, compiled, dead);
      pending.delete(id);
      return declarations;
    },
    discard(id) {
      pending.delete(id);
    },
    complete: (source, position): Completion => {
      const { start, end, candidates, original } = converter.complete(declarations, source, position);
      const kinds = new Map(original?.entries.map((entry) => [entry.name, entry.kind as string]));
      const matches = [...new Set(candidates)];
      return { start, end, matches, kinds: matches.map((name) => kinds.get(name) ?? "text") };
    },
    inspect(source, position): Inspection | null {
      for (const at of inspectedPositions(source, position)) {
        const info = converter.inspect(declarations, source, at);
        if (info !== undefined && joined(info.displayParts) !== "any") return toInspection(info);
      }
      return null;
    },
    completeness: (source): Completeness => completeness(ts, source),
    restore(text) {
      converter.reset();
      declarations = text;
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

function rejected(found: readonly ConvertedDiagnostic[]): RejectedCell {
  const diagnostics = found.map(({ start, end, messageText, code, fileName }): Diagnostic => {
    const length = end.line === start.line ? Math.max(1, end.character - start.character) : 1;
    return { message: messageText, line: start.line + 1, column: start.character + 1, length, code, fileName };
  });
  return { status: "error", diagnostics };
}

/** A cell may be written like a module: its own `export` words are blanked, since every top-level name is kept anyway. */
function withoutExport(ts: Typescript, source: string): string {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  let text = source;
  const blank = (start: number, end: number): void => {
    text = text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, " ") + text.slice(end);
  };
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier === undefined) {
      blank(statement.getStart(file), statement.end);
    }
    for (const modifier of (ts.canHaveModifiers(statement) && ts.getModifiers(statement)) || []) {
      if (modifier.kind === ts.SyntaxKind.ExportKeyword) blank(modifier.getStart(file), modifier.end);
    }
  }
  return text;
}

function toCommonJs(ts: Typescript, js: string): string {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, esModuleInterop: true, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(js, { fileName: "side.js", compilerOptions }).outputText;
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
