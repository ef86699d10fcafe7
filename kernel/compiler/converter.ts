/**
 * Converts a cell to JavaScript and to the declarations that the next cells see; completes and inspects in it. The way
 * is tslab's (MIT), on one program that changes as little as it can from cell to cell.
 */

import { relative } from "node:path";
import type ts from "typescript";
import type { SideModule } from "./cellCompiler.js";
import { type CellProgram, type CellView, MODULE_PREFIX } from "./cellProgram.js";
import { type ConvertedCompletion, complete } from "./completion.js";
import { Documentation } from "./documentation.js";
import { remainingDeclarations } from "./remainingDeclarations.js";
import { internals, NEVER_CANCELLED, type Typescript } from "./typescript.js";

/** Compiles cells, given the declarations around them. Positions are UTF-16 units, lines from 0. */
export interface Converter {
  /** @param counts  which faults stop the cell, by TypeScript's number; all unless told */
  convert(previous: string, source: string, counts?: (code: number) => boolean): ConvertResult;
  inspect(previous: string, source: string, position: number): ts.QuickInfo | undefined;
  complete(previous: string, source: string, position: number): ConvertedCompletion;
  /** Forgets which modules of the working directory were handed out: all come again with the next cell. */
  reset(): void;
  /** From now on, imports of cells resolve from another folder. */
  moveTo(directory: string): void;
}

/** The outcome of one conversion. There are outputs only where there are no diagnostics. */
export interface ConvertResult {
  /** ES module text with an inline source map. */
  readonly output?: string;
  /** The session's declarations after the cell. */
  readonly declOutput?: string;
  /** The exported constant that holds the last expression. */
  readonly lastExpressionVar?: string;
  /** Local modules, new or edited. */
  readonly sideModules?: readonly SideModule[];
  readonly diagnostics: readonly ConvertedDiagnostic[];
}

interface Position {
  readonly line: number;
  readonly character: number;
}

/** A fault found by the compiler. */
export interface ConvertedDiagnostic {
  readonly start: Position;
  readonly end: Position;
  readonly messageText: string;
  readonly code: number;
  /** Relative to the working directory; unset for the cell itself. */
  readonly fileName?: string;
}

/** What is done before a file is emitted. */
export type BeforeEmit = (view: CellView) => ts.TransformerFactory<ts.SourceFile>;

/** Creates the converter of a session. */
export function createConverter(ts: Typescript, cells: CellProgram, beforeEmit: BeforeEmit): Converter {
  const emitted = new Map<string, ts.SourceFile>();
  const documentation = new Documentation(ts, (path) => cells.readDocumented(path));

  const checked = (previous: string, source: string): [CellView, readonly ts.SourceFile[], ConvertedDiagnostic[]] => {
    const view = cells.update(previous, source);
    const files = cells.localFiles(view);
    const diagnostics = files.flatMap((file) => diagnosticsOf(ts, view, file, cells.folder));
    // What looks like a fault may need a part of Node that was not read so far.
    return diagnostics.length > 0 && cells.loadNode() ? checked(previous, source) : [view, files, diagnostics];
  };

  return {
    convert(previous, source, counts = () => true) {
      const names = cells.namesOf(source);
      const exported = names.length === 0 ? source : `${source}\nexport {${names.join(", ")}}`;
      const [view, files, found] = checked(previous, exported);
      const diagnostics = found.filter(({ code }) => counts(code));
      if (diagnostics.length > 0) return { diagnostics };
      const fresh = files.filter((file) => file === view.cell || emitted.get(file.fileName) !== file);
      const result = emit(ts, cells, view, fresh, names, beforeEmit);
      for (const file of fresh) emitted.set(file.fileName, file);
      return result;
    },
    inspect(previous, source, position) {
      const at = position + MODULE_PREFIX.length;
      const view = cells.update(previous, source);
      documentation.attach(view, at);
      const found = internals(ts).getQuickInfoAtPosition(view.cell, view.checker, NEVER_CANCELLED, at);
      return found === undefined && cells.loadNode() ? this.inspect(previous, source, position) : found;
    },
    complete(previous, source, position) {
      if (/(\bfrom|\bimport|\()\s*["'][^"'\n]*$/.test(source.slice(0, position))) cells.loadNode(); // names of modules
      const found = complete(ts, cells.update(previous, source), position);
      return found.candidates.length === 0 && cells.loadNode() ? this.complete(previous, source, position) : found;
    },
    reset: () => emitted.clear(),
    moveTo: (directory) => cells.moveTo(directory),
  };
}

/** "Could not find a declaration file for module": a package without types is `any`, and no fault of the cell. */
const UNTYPED_PACKAGE = 7016;

/**
 * What is wrong with a file. Not whether its declarations can be written down for others, which TypeScript asks of a
 * library: a class expression with private members, or a type of a package's inner file, is fine in a cell.
 */
function diagnosticsOf(
  ts: Typescript,
  { program, cell }: CellView,
  file: ts.SourceFile,
  cwd: string,
): ConvertedDiagnostic[] {
  const all = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return ts.sortAndDeduplicateDiagnostics(all).flatMap((diagnostic) => {
    if (diagnostic.file === undefined || diagnostic.start === undefined) return [];
    if (diagnostic.code === UNTYPED_PACKAGE) return [];
    const { fileName } = diagnostic.file;
    const isCell = diagnostic.file === cell;
    const place = {
      start: positionIn(diagnostic.file, diagnostic.start, isCell),
      end: positionIn(diagnostic.file, diagnostic.start + (diagnostic.length ?? 0), isCell),
      code: diagnostic.code,
      ...(!isCell && { fileName: relative(cwd, fileName) }),
    };
    return messagesOf(diagnostic.messageText).map((messageText) => ({ ...place, messageText }));
  });
}

function positionIn(file: ts.SourceFile, offset: number, isCell: boolean): Position {
  const { line, character } = file.getLineAndCharacterOfPosition(offset);
  return { line: isCell ? line - 1 : line, character }; // the line of MODULE_PREFIX
}

function messagesOf(text: string | ts.DiagnosticMessageChain): string[] {
  return typeof text === "string" ? [text] : [text.messageText, ...(text.next ?? []).flatMap(messagesOf)];
}

function emit(
  ts: Typescript,
  cells: CellProgram,
  view: CellView,
  files: readonly ts.SourceFile[],
  names: readonly string[],
  beforeEmit: BeforeEmit,
): ConvertResult {
  const { program, checker, cell, declarations } = view;
  let output = "";
  let declOutput = "";
  const last: { name?: string } = {};
  const sideModules: SideModule[] = [];
  for (const file of files) {
    const transformers: ts.CustomTransformers = {
      before: [beforeEmit(view)],
      ...(file === cell && { after: [keepLastExpression(ts, names, last)] }),
      afterDeclarations: [withoutExports(ts)],
    };
    const write = (path: string, data: string): void => {
      if (file === cell && path.endsWith(".d.ts")) declOutput = data;
      else if (file === cell) output = data;
      else if (/\.[cm]?js$/.test(path)) sideModules.push(sideModule(file, data));
    };
    // Forced: declarations that TypeScript would not write down for others are good enough for the next cell.
    (program as unknown as ForcingProgram).emit(file, write, undefined, false, transformers, true);
  }
  sideModules.sort((a, b) => a.path.localeCompare(b.path));
  return {
    output,
    declOutput: cells.namedByPath(declOutput, cell) + remainingDeclarations(ts, checker, cell, declarations),
    lastExpressionVar: last.name,
    sideModules,
    diagnostics: [],
  };
}

interface ForcingProgram {
  emit(...args: [...emit: Parameters<ts.Program["emit"]>, forceDeclarations: boolean]): unknown;
}

/** A TypeScript file is a module in any case; a JavaScript file without import and export is CommonJS. */
function sideModule(file: ts.SourceFile, code: string): SideModule {
  const { externalModuleIndicator } = file as { readonly externalModuleIndicator?: unknown };
  const isWritten = externalModuleIndicator !== undefined && externalModuleIndicator !== true; // true: by its ending
  const isModule = isWritten || !/\.c?jsx?$/.test(file.fileName);
  if (isModule) return { path: file.fileName, code, format: "module" };
  return { path: file.fileName, code: code.replace(/^export \{\};$/m, ""), format: "commonjs" };
}

/** The last statement, if it is an expression, becomes an exported constant whose name goes to `last`. */
function keepLastExpression(
  ts: Typescript,
  names: readonly string[],
  last: { name?: string },
): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = ts;
  return () => (file) => {
    const index = file.statements.findLastIndex((statement) => !ts.isExportDeclaration(statement));
    const statement = file.statements[index];
    if (statement === undefined || !ts.isExpressionStatement(statement)) return file;
    const taken = new Set(names);
    let name = "tsLastExpr";
    for (let number = 0; taken.has(name); number++) name = `tsLastExpr${number}`;
    last.name = name;
    const variable = factory.createVariableDeclaration(name, undefined, undefined, statement.expression);
    const exported = factory.createVariableStatement(
      [factory.createModifier(ts.SyntaxKind.ExportKeyword)],
      factory.createVariableDeclarationList([variable], ts.NodeFlags.Const),
    );
    return factory.updateSourceFile(
      file,
      file.statements.map((each) => (each === statement ? exported : each)),
    );
  };
}

/** Declarations are one scope for the next cells: nothing is exported from it. */
function withoutExports(ts: Typescript): ts.TransformerFactory<ts.SourceFile | ts.Bundle> {
  return () => (node) => {
    if (!ts.isSourceFile(node)) return node;
    return ts.factory.updateSourceFile(
      node,
      node.statements.filter((statement) => !ts.isExportDeclaration(statement)),
    );
  };
}
