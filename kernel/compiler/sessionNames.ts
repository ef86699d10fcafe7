/** Before a cell is emitted: names of earlier cells become `exports.name`, and the kernel globals used are noted. */

import type ts from "typescript";
import type { Typescript } from "./typescript.js";

/**
 * Rewrites each value reference to a declaration in `declarationsFile`. tslab's own pass, which runs later, misses
 * shorthand properties (`{ n }`) and breaks renaming patterns (`const { a: b } = earlier`); this one leaves it nothing.
 *
 * @param isDeclarations  whether a file holds the declarations of earlier cells
 * @param isGlobals       whether a file declares the kernel's globals
 * @param onGlobal        receives each kernel global that the file mentions
 */
export function sessionNames(
  ts: Typescript,
  checker: ts.TypeChecker,
  isDeclarations: (file: ts.SourceFile) => boolean,
  isGlobals: (file: ts.SourceFile) => boolean,
  onGlobal: (name: string) => void,
): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = ts;

  return (context) => {
    const visitAll = <T extends ts.Node>(node: T): T => ts.visitEachChild(node, visit, context);

    const fromSession = (symbol: ts.Symbol | undefined, name: string): boolean => {
      const declarations = symbol?.declarations ?? [];
      if (declarations.some((declaration) => isGlobals(declaration.getSourceFile()))) onGlobal(name);
      return declarations.some((each) => isDeclarations(each.getSourceFile()) && !isGlobalAugmentation(each));
    };
    /** In `declare global`: such a name lives in `globalThis`. */
    const isGlobalAugmentation = (node: ts.Node): boolean =>
      ts.findAncestor(node, (parent) => (parent.flags & ts.NodeFlags.GlobalAugmentation) !== 0) !== undefined;
    const exported = (name: string): ts.Expression =>
      factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name);
    const clone = (name: ts.PropertyName): ts.PropertyName =>
      ts.isIdentifier(name) ? factory.createIdentifier(name.text) : ts.visitEachChild(name, visit, context);

    const visitExpression = (node: ts.Expression): ts.Expression => ts.visitNode(node, visit) as ts.Expression;

    function visitShorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
      if (!fromSession(checker.getShorthandAssignmentValueSymbol(node), node.name.text)) return visitAll(node);
      const fallback = node.objectAssignmentInitializer; // `({ n = 1 } = source)`
      const target = exported(node.name.text);
      const value = fallback === undefined ? target : factory.createAssignment(target, visitExpression(fallback));
      return factory.createPropertyAssignment(node.name.text, value);
    }

    /** `(0, exports.f)()`: a function that is called by its name alone has no `this`. */
    function visitCall(node: ts.CallExpression, callee: ts.Identifier): ts.Node {
      if (!fromSession(checker.getSymbolAtLocation(callee), callee.text)) return visitAll(node);
      const bare = factory.createComma(factory.createNumericLiteral(0), exported(callee.text));
      const start = callee.getStart(); // A frame of this call points to where its name starts.
      const name = ts.setSourceMapRange(factory.createParenthesizedExpression(bare), { pos: start, end: start });
      const args = node.arguments.map(visitExpression);
      return node.questionDotToken === undefined
        ? factory.updateCallExpression(node, name, undefined, args)
        : factory.updateCallChain(node as ts.CallChain, name, node.questionDotToken, undefined, args);
    }

    function visit(node: ts.Node): ts.Node {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return visitCall(node, node.expression);
      if (ts.isExpressionWithTypeArguments(node)) {
        return factory.updateExpressionWithTypeArguments(node, visitExpression(node.expression), node.typeArguments);
      }
      if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node;
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node;
      if (ts.isShorthandPropertyAssignment(node)) return visitShorthand(node);
      if (ts.isPropertyAccessExpression(node)) {
        return factory.updatePropertyAccessExpression(node, visitExpression(node.expression), node.name);
      }
      if (ts.isPropertyAssignment(node)) {
        return factory.updatePropertyAssignment(node, clone(node.name), visitExpression(node.initializer));
      }
      if (ts.isBindingElement(node) && node.propertyName !== undefined) {
        const initializer = node.initializer && visitExpression(node.initializer);
        const name = ts.visitNode(node.name, visit) as ts.BindingName;
        return factory.updateBindingElement(node, node.dotDotDotToken, clone(node.propertyName), name, initializer);
      }
      if (ts.isIdentifier(node) && isReference(node)) {
        return fromSession(checker.getSymbolAtLocation(node), node.text) ? exported(node.text) : node;
      }
      return visitAll(node);
    }

    /** Not the name in a declaration, a member, a label: those stay as they are. */
    function isReference(node: ts.Identifier): boolean {
      const { parent } = node;
      if (parent === undefined) return false;
      if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
      return (parent as { name?: ts.Node }).name !== node;
    }

    return (file) => visitAll(file);
  };
}
