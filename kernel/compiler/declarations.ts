/** What earlier cells declared, kept as the text of a declaration file. */

import { resolve } from "node:path";
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

/** Declarations of earlier cells after a change of folder: relative modules keep meaning the same files. */
export function withAbsoluteModules(declarations: string, directory: string): string {
  return declarations.replace(/(\bfrom |\bimport\()(["'])(\.{1,2}\/[^"']*)\2/g, (_, before, quote, specifier) => {
    return `${before}${quote}${resolve(directory, specifier)}${quote}`;
  });
}

/** The names that the statements of `text` declare at its top level. */
export function topLevelNames(ts: Typescript, text: string): Set<string> {
  const inPattern = (name: ts.BindingName): string[] =>
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) => (ts.isBindingElement(element) ? inPattern(element.name) : []));
  const names = parse(ts, text).statements.flatMap((statement) =>
    ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.flatMap(({ name }) => inPattern(name))
      : declaredNames(ts, statement),
  );
  return new Set(names);
}

function parse(ts: Typescript, text: string): ts.SourceFile {
  return ts.createSourceFile("session.d.ts", text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
}

/** The declarations with one more variable, of any type; another declaration of that name gives way. */
export function withDeclared(ts: Typescript, text: string, name: string): string {
  return `${filterNames(ts, text, (other) => other !== name)}declare let ${name}: any;\n`;
}

/** The statements of `text` that declare a name which `keep` accepts; variable lists are cut to those names. */
function filterNames(ts: Typescript, text: string, keep: (name: string) => boolean): string {
  const file = parse(ts, text);
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
