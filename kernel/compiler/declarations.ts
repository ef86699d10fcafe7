/** What earlier cells declared, kept as the text of a declaration file. */

import type ts from "typescript";
import type { Typescript } from "./patchedTypescript.js";

/**
 * The session's declarations after a cell that ended early: names that it never initialised keep their old declaration.
 *
 * @param previous  declarations before the cell
 * @param next      declarations as if the whole cell had run
 * @param dead      value names that were never initialised
 */
export function withoutDead(ts: Typescript, previous: string, next: string, dead: readonly string[]): string {
  if (dead.length === 0) return next;
  const names = new Set(dead);
  const kept = filterNames(ts, next, (name) => !names.has(name));
  const restored = filterNames(ts, previous, (name) => names.has(name));
  return kept + restored;
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
