/** Turns the ES module text of a cell into an async function, so that `await`, imports and redeclaration work. */

import type ts from "typescript";
import type { Typescript } from "./typescript.js";

/** The function's text and what came out of it on the way. */
export interface CellFunction {
  readonly code: string;
  readonly sourceMap: string;
  /** Modules that the cell imports statically. */
  readonly imports: readonly string[];
  /** Names that the cell declares at its top level. */
  readonly names: readonly string[];
}

const MAP_COMMENT = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/**
 * Static imports become `await __cell.import(…)`, hoisted into the first line, which also hands `__cell.declare` a getter and
 * setter for every top-level name: later cells then read and write the very variables that this cell's functions
 * close over. The value of the last expression goes to `__cell.result`. The body starts on line 2 and keeps its lines.
 *
 * @param js          ES module text as emitted, with an inline source map
 * @param resultName  the exported constant that holds the last expression, if any
 */
export function toCellFunction(ts: Typescript, js: string, resultName: string | undefined): CellFunction {
  const sourceMap = MAP_COMMENT.exec(js)?.[1] ?? "";
  const body = js.replace(MAP_COMMENT, "");
  const file = ts.createSourceFile("cell.js", body, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const edits: Edit[] = [];
  const imports: string[] = [];
  const hoisted: string[] = [];
  const names = new Set<string>();

  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
      imports.push(specifier);
      hoisted.push(importStatement(ts, statement, specifier));
      edits.push(blank(body, statement.getStart(file), statement.end));
    } else if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)) {
        for (const element of statement.exportClause.elements) names.add((element.propertyName ?? element.name).text);
      }
      edits.push(blank(body, statement.getStart(file), statement.end));
    } else if (resultName !== undefined && ts.isVariableStatement(statement)) {
      const [declaration] = statement.declarationList.declarations;
      if (declaration?.name.getText(file) !== resultName || declaration.initializer === undefined) continue;
      const start = statement.getStart(file);
      const end = declaration.initializer.pos;
      edits.push({ start, end, text: "__cell.result =".padEnd(end - start) }); // Columns stay: the source map holds.
    }
  }
  collectImportWords(ts, file, file, edits);
  const accessors = [...names].map((name) => `${name}: [() => ${name}, (value) => { ${name} = value; }]`);
  const prologue = [`__cell.declare({ ${accessors.join(", ")} });`, ...hoisted].join(" ");
  return {
    code: `(async function (exports, __cell) { "use strict"; ${prologue}\n${applyEdits(body, edits)}\n})`,
    sourceMap: Buffer.from(sourceMap, "base64").toString("utf8"),
    imports,
    names: [...names],
  };
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function importStatement(ts: Typescript, statement: ts.ImportDeclaration, specifier: string): string {
  const clause = statement.importClause;
  const load = `await __cell.import(${JSON.stringify(specifier)})`;
  if (clause === undefined) return `${load};`;
  const bindings = clause.namedBindings;
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) {
    const namespace = `const ${bindings.name.text} = ${load};`;
    return clause.name === undefined
      ? namespace
      : `${namespace} const ${clause.name.text} = ${bindings.name.text}.default;`;
  }
  const members = (bindings?.elements ?? []).map(
    (element) => `${element.propertyName?.text ?? element.name.text}: ${element.name.text}`,
  );
  if (clause.name !== undefined) members.unshift(`default: ${clause.name.text}`);
  const wanted = JSON.stringify(members.map((member) => member.slice(0, member.indexOf(":"))));
  return `const { ${members.join(", ")} } = await __cell.import(${JSON.stringify(specifier)}, ${wanted});`;
}

/** `import.meta` is not allowed in a function; `import()` goes the same way as static imports. */
function collectImportWords(ts: Typescript, file: ts.SourceFile, node: ts.Node, edits: Edit[]): void {
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
    edits.push({ start: node.getStart(file), end: node.end, text: "__cell.meta" });
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    edits.push({ start: node.expression.getStart(file), end: node.expression.end, text: "__cell.load" });
  }
  ts.forEachChild(node, (child) => collectImportWords(ts, file, child, edits));
}

function blank(body: string, start: number, end: number): Edit {
  return { start, end, text: body.slice(start, end).replace(/[^\n]/g, " ") };
}

function applyEdits(body: string, edits: readonly Edit[]): string {
  let text = body;
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) {
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  }
  return text;
}
