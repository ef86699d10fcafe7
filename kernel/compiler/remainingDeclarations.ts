/** What earlier cells declared and a new cell leaves in force. */

import type ts from "typescript";
import { localsOf, type Typescript } from "./typescript.js";

/** What of a name an earlier declaration still stands for. */
interface Kept {
  readonly value: boolean;
  readonly type: boolean;
}

/**
 * The declarations around a cell without what the cell declares anew; values and types of one name are apart. The rules
 * are those of tslab (MIT): a class whose type is redeclared alone goes on as a value of type `any`.
 */
export function remainingDeclarations(
  ts: Typescript,
  checker: ts.TypeChecker,
  cell: ts.SourceFile,
  declarations: ts.SourceFile,
): string {
  const cellLocals = localsOf(cell);
  const kept = new Map<ts.Statement, Set<string>>();
  const values = new Set<string>();
  const untyped = new Set<string>();
  for (const [key, symbol] of localsOf(declarations)) {
    const keep = keptOf(ts, checker, cellLocals.get(key));
    if (!keep.value && !keep.type) continue;
    const name = ts.unescapeLeadingUnderscores(key);
    for (const declaration of symbol.declarations ?? []) {
      const statement = topLevel(declaration, declarations);
      const fate = fateOf(ts, checker, symbol, statement, keep);
      if (fate === "keep") kept.set(statement, (kept.get(statement) ?? new Set()).add(name));
      if (fate === "untyped") untyped.add(name);
      if (fate === "keep" && ts.isVariableStatement(statement)) values.add(name);
    }
  }
  const texts = [...kept].map(([statement, names]) => textOf(ts, statement, names, declarations));
  const anyValues = [...untyped].filter((name) => !values.has(name)).map((name) => `declare let ${name}: any;`);
  return [...texts, ...anyValues].map((text) => `${text}\n`).join("");
}

function fateOf(
  ts: Typescript,
  checker: ts.TypeChecker,
  symbol: ts.Symbol,
  statement: ts.Statement,
  keep: Kept,
): "keep" | "untyped" | "drop" {
  if (ts.isVariableStatement(statement) || ts.isFunctionDeclaration(statement)) return keep.value ? "keep" : "drop";
  if (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement)) return keep.type ? "keep" : "drop";
  if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement)) {
    if (keep.type) return keep.value ? "keep" : "drop";
    return "untyped";
  }
  if (!ts.isImportDeclaration(statement)) return "drop";
  if (keep.value && keep.type) return "keep";
  const { flags } = checker.getAliasedSymbol(symbol);
  const isValue = (flags & ts.SymbolFlags.Value) !== 0;
  if (!keep.value) return isValue ? "drop" : "keep";
  if ((flags & ts.SymbolFlags.Type) === 0) return "keep";
  return isValue ? "untyped" : "drop";
}

function keptOf(ts: Typescript, checker: ts.TypeChecker, redeclared: ts.Symbol | undefined): Kept {
  if (redeclared === undefined) return { value: true, type: true };
  const isAlias = (redeclared.flags & ts.SymbolFlags.Alias) !== 0;
  const { flags } = isAlias ? checker.getAliasedSymbol(redeclared) : redeclared;
  return { value: (flags & ts.SymbolFlags.Value) === 0, type: (flags & ts.SymbolFlags.Type) === 0 };
}

function topLevel(declaration: ts.Node, file: ts.SourceFile): ts.Statement {
  let node = declaration;
  while (node.parent !== file) node = node.parent;
  return node as ts.Statement;
}

/** The statement, cut to `names` where it declares several. */
function textOf(ts: Typescript, statement: ts.Statement, names: ReadonlySet<string>, file: ts.SourceFile): string {
  if (ts.isVariableStatement(statement)) {
    const all = statement.declarationList.declarations;
    const wanted = all.filter(({ name }) => names.has(name.getText(file)));
    if (wanted.length < all.length) {
      const list = ts.factory.updateVariableDeclarationList(statement.declarationList, wanted);
      return print(ts, ts.factory.updateVariableStatement(statement, statement.modifiers, list), file);
    }
  }
  if (ts.isImportDeclaration(statement) && statement.importClause !== undefined) {
    const clause = statement.importClause;
    const imported = ts.factory.createImportClause(
      clause.isTypeOnly,
      clause.name !== undefined && names.has(clause.name.text) ? clause.name : undefined,
      wantedBindings(ts, clause.namedBindings, names),
    );
    return print(
      ts,
      ts.factory.createImportDeclaration(statement.modifiers, imported, statement.moduleSpecifier),
      file,
    );
  }
  return statement.getFullText(file).trim();
}

function wantedBindings(
  ts: Typescript,
  bindings: ts.NamedImportBindings | undefined,
  names: ReadonlySet<string>,
): ts.NamedImportBindings | undefined {
  if (bindings === undefined) return undefined;
  if (ts.isNamespaceImport(bindings)) return names.has(bindings.name.text) ? bindings : undefined;
  const wanted = bindings.elements.filter(({ name }) => names.has(name.text));
  return wanted.length === 0 ? undefined : ts.factory.createNamedImports(wanted);
}

function print(ts: Typescript, node: ts.Node, file: ts.SourceFile): string {
  const printer = ts.createPrinter({ newLine: ts.NewLineKind.LineFeed });
  return printer.printNode(ts.EmitHint.Unspecified, node, file);
}
