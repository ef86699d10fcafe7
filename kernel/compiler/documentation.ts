/**
 * Installed declaration files are read without their comments, which are most of their text: a third of the time and
 * memory less. The documentation of a symbol is put back when somebody asks for it.
 */

import type ts from "typescript";
import type { CellView } from "./cellProgram.js";
import { internals, type Typescript } from "./typescript.js";

/** Strings are matched to be kept: they may hold what looks like a comment. `/// <reference …>` is not a comment. */
const COMMENTS =
  /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<!\/)\/\/(?!\/\s*<).*$/gm;

/** The text of a declaration file without comments; its syntax tree is the same. */
export function withoutComments(text: string): string {
  return text.replace(COMMENTS, "$1 ");
}

/** A declaration that may carry documentation. */
type Documented = ts.Node & { jsDoc?: readonly ts.JSDoc[] };

/** Reads whole files again, each once, for the documentation in them. */
export class Documentation {
  private readonly originals = new Map<string, ts.SourceFile>();

  /** @param readFile  the text of an installed file with its comments; undefined for other files, which have theirs */
  constructor(
    private readonly ts: Typescript,
    private readonly readFile: (path: string) => string | undefined,
  ) {}

  /** Gives the declarations of what stands at `position` of the cell their documentation. */
  attach({ cell, checker }: CellView, position: number): void {
    const symbol = checker.getSymbolAtLocation(internals(this.ts).getTouchingPropertyName(cell, position));
    if (symbol === undefined) return;
    const isAlias = (symbol.flags & this.ts.SymbolFlags.Alias) !== 0;
    const { declarations = [] } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    for (const declaration of declarations) {
      const original = this.original(declaration.getSourceFile().fileName);
      if (original !== undefined) this.copy(declaration, original);
    }
  }

  private original(path: string): ts.SourceFile | undefined {
    const known = this.originals.get(path);
    if (known !== undefined) return known;
    const text = this.readFile(path);
    if (text === undefined) return undefined;
    const file = this.ts.createSourceFile(path, text, this.ts.ScriptTarget.ES2022, true);
    this.originals.set(path, file);
    return file;
  }

  /** Walks the same way down both trees: documentation stands at a declaration or at what it is part of. */
  private copy(declaration: Documented, original: ts.SourceFile): void {
    const way: Documented[] = [];
    for (let node = declaration; !this.ts.isSourceFile(node); node = node.parent) way.unshift(node);
    let [parent, from]: [Documented, Documented] = [declaration.getSourceFile(), original];
    for (const node of way) {
      const next = this.children(from)[this.children(parent).indexOf(node)];
      if (next === undefined || next.kind !== node.kind) return; // The file has changed since it was read.
      if (next.jsDoc !== undefined) node.jsDoc = next.jsDoc;
      [parent, from] = [node, next];
    }
  }

  private children(node: ts.Node): Documented[] {
    const children: Documented[] = [];
    this.ts.forEachChild(node, (child) => {
      children.push(child);
    });
    return children;
  }
}
