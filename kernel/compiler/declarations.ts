/** What earlier cells declared, kept as the text of a declaration file. */

import type ts from "typescript";
import type { Typescript } from "./typescript.js";

/** What a compiled cell would make of the session's declarations. */
export interface CompiledDeclarations {
  /** The session's declarations when it was compiled. */
  readonly base: string;
  /** Those after the cell, if nothing else happens meanwhile. */
  readonly declarations: string;
  /** The names that the cell declares, values and types. */
  readonly own: ReadonlySet<string>;
}

/**
 * The session's declarations after a cell. Names that it never initialised keep the declaration that they have without
 * it, and so does what cells of other shells have declared since it was compiled.
 *
 * @param current   the session's declarations now
 * @param compiled  what the cell's compilation made of an earlier state of them
 * @param dead      value names that were never initialised
 */
export function mergeDeclarations(
  ts: Typescript,
  current: string,
  compiled: CompiledDeclarations,
  dead: readonly string[],
): string {
  const { base, declarations, own } = compiled;
  const isDead = new Set(dead);
  if (current === base) {
    if (dead.length === 0) return declarations;
    const restored = filterNames(ts, base, (name) => isDead.has(name));
    return filterNames(ts, declarations, (name) => !isDead.has(name)) + restored;
  }
  const isNew = (name: string): boolean => own.has(name) && !isDead.has(name);
  return filterNames(ts, declarations, isNew) + filterNames(ts, current, (name) => !isNew(name));
}

/** The names of the types, namespaces and imports that a cell declares at its top level. */
export function namesOfTypes(ts: Typescript, source: string): string[] {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  return file.statements.flatMap((statement) => declaredNames(ts, statement));
}

/** The statements of `text` that declare a name which `keep` accepts; variable lists are cut to those names. */
function filterNames(ts: Typescript, text: string, keep: (name: string) => boolean): string {
  const file = ts.createSourceFile("session.d.ts", text, ts.ScriptTarget.ES2022, true);
  const lines: string[] = [];
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      const kind = statement.declarationList.flags & ts.NodeFlags.Const ? "const" : "let";
      for (const declaration of statement.declarationList.declarations) {
        if (keep(declaration.name.getText(file))) lines.push(`declare ${kind} ${declaration.getText(file)};\n`);
      }
    } else if (declaredNames(ts, statement).some(keep)) {
      lines.push(`${statement.getText(file)}\n`);
    }
  }
  return lines.join("");
}

function declaredNames(ts: Typescript, statement: ts.Statement): string[] {
  if (ts.isImportDeclaration(statement)) {
    const bindings = statement.importClause?.namedBindings;
    const named = bindings === undefined ? [] : ts.isNamespaceImport(bindings) ? [bindings] : [...bindings.elements];
    return [statement.importClause, ...named].flatMap((node) => (node?.name === undefined ? [] : [node.name.text]));
  }
  const { name } = statement as { name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}
