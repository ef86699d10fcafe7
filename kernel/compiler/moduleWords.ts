/** A cell may be written like a module: what only makes sense in one is blanked or put in a cell's words, length for length. */

import type ts from "typescript";
import type { Typescript } from "./typescript.js";

/**
 * Every top-level name of a cell is kept anyway, so its `export` words go; `export … from` becomes the import that it
 * implies, and `export default` the expression behind it. Import attributes (`with { type: "json" }`) say what the
 * kernel sees by itself, and the compiler's parser is older than they are.
 */
export function withoutModuleWords(ts: Typescript, source: string): string {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  let text = source;
  const replace = (start: number, end: number, words = ""): void => {
    const blanks = text.slice(start + words.length, end).replace(/[^\r\n]/g, " ");
    text = text.slice(0, start) + words + blanks + text.slice(end);
  };
  for (const statement of file.statements) {
    const start = statement.getStart(file);
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement;
      if (moduleSpecifier === undefined) replace(start, statement.end);
      else if (exportClause === undefined) replace(start, moduleSpecifier.getStart(file), "import");
      else replace(start, start + "export".length, "import");
    } else if (ts.isExportAssignment(statement) && statement.isExportEquals !== true) {
      // `{ a: 1 }` alone would be a block.
      const isObject = ts.isObjectLiteralExpression(statement.expression);
      replace(start, statement.expression.getStart(file), isObject ? "await" : "");
    } else if (ts.isImportDeclaration(statement)) {
      const attributes = /^\s*with\s*\{[^{}]*\}/.exec(text.slice(statement.moduleSpecifier.end));
      const { end } = statement.moduleSpecifier;
      if (attributes !== null) replace(end, end + attributes[0].length);
    }
    const modifiers = (ts.canHaveModifiers(statement) && ts.getModifiers(statement)) || [];
    for (const word of modifiers) {
      if (word.kind === ts.SyntaxKind.ExportKeyword) replace(word.getStart(file), word.end);
      if (word.kind !== ts.SyntaxKind.DefaultKeyword) continue;
      const isNameless = (statement as { name?: ts.Node }).name === undefined;
      replace(word.getStart(file), word.end, isNameless ? "void" : ""); // A nameless declaration is an expression.
    }
  }
  return text;
}
