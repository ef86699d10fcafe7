/** What the debugger must know of a cell's text before (or without) running it. */

import type ts from "typescript";
import type { Typescript } from "./typescript.js";

/** The lines (from 1, ascending) on which something runs: where a breakpoint can stop. */
export function codeLines(ts: Typescript, source: string): number[] {
  const file = parse(ts, source);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (isOnlyType(ts, node)) return;
    if (runs(ts, node)) lines.add(file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...lines].sort((a, b) => a - b);
}

/** Whether the code at a place (line and column from 1) stands in a `try` whose `catch` gets what it throws. */
export function isInTry(ts: Typescript, source: string, line: number, column: number): boolean {
  const file = parse(ts, source);
  const starts = file.getLineStarts();
  const position = (starts[line - 1] ?? 0) + column - 1;
  const holds = (node: ts.Node): boolean => node.getStart(file) <= position && position < node.end;
  const visit = (node: ts.Node, caught: boolean): boolean => {
    const isFunction = ts.isFunctionLike(node); // Who calls it may catch, which the caller's own place tells.
    const here = caught && !isFunction;
    const inner = here || (ts.isTryStatement(node) && node.catchClause !== undefined && holds(node.tryBlock));
    return (
      ts.forEachChild(node, (child) => (holds(child) ? { result: visit(child, inner) } : undefined))?.result ?? here
    );
  };
  return visit(file, false);
}

function parse(ts: Typescript, source: string): ts.SourceFile {
  return ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
}

function isOnlyType(ts: Typescript, node: ts.Node): boolean {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isTypeNode(node)) return true;
  const modifiers = (ts.canHaveModifiers(node) && ts.getModifiers(node)) || [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword);
}

/** Statements that do something where they stand, and the bodies of arrow functions without braces. */
function runs(ts: Typescript, node: ts.Node): boolean {
  if (ts.isArrowFunction(node.parent ?? node) && node.parent !== undefined) {
    return (node.parent as ts.ArrowFunction).body === node && !ts.isBlock(node);
  }
  if (ts.isBlock(node) || ts.isEmptyStatement(node) || ts.isFunctionDeclaration(node)) return false;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return false;
  return ts.isStatement(node);
}
