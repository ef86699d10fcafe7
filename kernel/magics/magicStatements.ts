/** Before a cell is emitted: the stand-ins of its magics become calls of the worker's `CellMagics`. */

import type ts from "typescript";
import type { Typescript } from "../compiler/typescript.js";
import type { Magic } from "./magicLines.js";

/** What a magic gets from the compiler, as JSON text: the names of `%who`, the globals of `%help`. */
export type MagicKnowledge = (name: string) => string | null;

/**
 * Replaces each stand-in statement. TypeScript has checked the code by then, so that measured code keeps its types.
 *
 * @param magics     the magics of the cell, by where they start in its text
 * @param offset     where the cell starts in the file
 * @param knowledge  what the compiler adds to a magic's argument
 */
export function magicStatements(
  ts: Typescript,
  magics: readonly Magic[],
  offset: number,
  knowledge: MagicKnowledge,
): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = ts;
  const byStart = new Map(magics.map((magic) => [magic.start + offset, magic]));

  const call = (method: string, ...args: ts.Expression[]): ts.Expression => {
    const owner = factory.createPropertyAccessExpression(factory.createIdentifier("__cell"), "magics");
    return factory.createCallExpression(factory.createPropertyAccessExpression(owner, method), undefined, args);
  };
  const statement = (expression: ts.Expression): ts.ExpressionStatement =>
    factory.createExpressionStatement(expression);
  const awaited = (expression: ts.Expression): ts.Expression => factory.createAwaitExpression(expression);
  const text = (value: string): ts.Expression => factory.createStringLiteral(value);

  /** An expression keeps its value: `stopTime` hands it on, so that it can be the cell's result. */
  const timed = (measured: readonly ts.Statement[]): ts.Statement[] => {
    const last = measured.at(-1);
    const start = statement(call("startTime"));
    if (last === undefined || !ts.isExpressionStatement(last)) return [start, ...measured, statement(call("stopTime"))];
    const stop = ts.setTextRange(statement(awaited(call("stopTime", last.expression))), last);
    return [start, ...measured.slice(0, -1), stop];
  };

  const timedInLoops = (magic: Magic, measured: readonly ts.Statement[]): ts.Statement[] =>
    measured.map((code) => {
      if (!ts.isExpressionStatement(code)) return code;
      const isAsync = awaitsItself(ts, code.expression);
      const modifiers = isAsync ? [factory.createModifier(ts.SyntaxKind.AsyncKeyword)] : undefined;
      const body = factory.createParenthesizedExpression(code.expression);
      const loop = factory.createArrowFunction(modifiers, undefined, [], undefined, undefined, body);
      return ts.setTextRange(statement(awaited(call("timeit", loop, text(magic.argument)))), code);
    });

  return () => (file) => {
    if (byStart.size === 0) return file;
    const statements: ts.Statement[] = [];
    for (let index = 0; index < file.statements.length; index++) {
      const current = file.statements[index] as ts.Statement;
      const magic = byStart.get(current.getStart(file));
      if (magic === undefined) {
        statements.push(current);
        continue;
      }
      const isMeasured = (next: ts.Statement | undefined) =>
        next !== undefined && next.getStart(file) < magic.end + offset;
      const measured: ts.Statement[] = [];
      while (isMeasured(file.statements[index + 1])) measured.push(file.statements[++index] as ts.Statement);
      if (magic.name === "%time") statements.push(...timed(measured));
      else if (magic.name === "%timeit") statements.push(...timedInLoops(magic, measured));
      else {
        const known = knowledge(magic.name) ?? "null";
        const run = call("run", text(magic.name), text(magic.argument), text(known));
        statements.push(ts.setTextRange(statement(awaited(run)), current));
      }
    }
    return factory.updateSourceFile(file, statements);
  };
}

/** Whether `await` stands in the expression itself, not in a function within it. */
function awaitsItself(ts: Typescript, node: ts.Node): boolean {
  if (ts.isAwaitExpression(node)) return true;
  if (ts.isFunctionLike(node)) return false;
  return ts.forEachChild(node, (child) => awaitsItself(ts, child) || undefined) ?? false;
}
