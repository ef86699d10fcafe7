/** What the compiler knows for `%who` and `%help`: the session's names with their types, the globals with their help. */

import type ts from "typescript";
import type { Typescript } from "../compiler/typescript.js";

/** A name of the session and its type, as TypeScript writes it. */
export interface TypedName {
  readonly name: string;
  readonly type: string;
}

/** A global of cells and what its documentation says first. */
export interface DocumentedName {
  readonly name: string;
  readonly help: string;
}

/** The names that a cell and those before it declare, in alphabetical order. */
export function sessionTable(ts: Typescript, checker: ts.TypeChecker, files: readonly ts.SourceFile[]): TypedName[] {
  const found = new Map<string, string>();
  for (const file of files) {
    // `locals` is the binder's table of a file's own names.
    const { locals } = file as unknown as { readonly locals?: ReadonlyMap<string, ts.Symbol> };
    for (const [name, symbol] of locals ?? [])
      if (!name.startsWith("__") && !found.has(name)) found.set(name, typeText(ts, checker, symbol, file));
  }
  const names = [...found].map(([name, type]): TypedName => ({ name, type }));
  return names.sort((a, b) => a.name.localeCompare(b.name));
}

function typeText(ts: Typescript, checker: ts.TypeChecker, local: ts.Symbol, file: ts.SourceFile): string {
  const symbol = local.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(local) : local;
  if (symbol.flags & ts.SymbolFlags.Class) return "class";
  if (symbol.flags & ts.SymbolFlags.Enum) return "enum";
  if (symbol.flags & ts.SymbolFlags.ValueModule) return "namespace";
  if (symbol.flags & ts.SymbolFlags.Value) return checker.typeToString(checker.getTypeOfSymbolAtLocation(symbol, file));
  return symbol.flags & ts.SymbolFlags.Interface ? "interface" : "type";
}

/** The constants that a declaration file exports, with the first sentence of their comments. */
export function documentedNames(ts: Typescript, text: string): DocumentedName[] {
  const file = ts.createSourceFile("globals.d.ts", text, ts.ScriptTarget.ES2022, true);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const [doc] = ts.getJSDocCommentsAndTags(statement);
    const comment = ts.getTextOfJSDocComment(doc?.comment) ?? "";
    const sentence = comment.replace(/\s+/g, " ").replace(/[.;:]\s.*$|\.$/, "");
    return statement.declarationList.declarations.map(({ name }) => ({
      name: name.getText(file),
      help: sentence === "" ? "" : `${sentence}.`,
    }));
  });
}
