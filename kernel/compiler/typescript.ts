/** tslab's build of TypeScript, as the compiler of cells uses it. */

import { createRequire } from "node:module";
import type ts from "typescript";

/** The compiler API that tslab brings along (5.0.4, with a few functions opened up). */
export type Typescript = typeof ts;

/** What TypeScript does not document and the compiler of cells needs. */
export interface Internals {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  findPrecedingToken(position: number, file: ts.SourceFile): ts.Node | undefined;
  findNextToken(previous: ts.Node, parent: ts.Node, file: ts.SourceFile): ts.Node | undefined;
  getQuickInfoAtPosition(
    file: ts.SourceFile,
    checker: ts.TypeChecker,
    cancellation: object,
    position: number,
  ): ts.QuickInfo | undefined;
  readonly Completions: {
    getCompletionsAtPositionForTslab(
      host: object,
      program: ts.Program,
      log: () => void,
      file: ts.SourceFile,
      position: number,
      preferences: object,
      trigger: undefined,
      kind: ts.CompletionTriggerKind,
      cancellation: object,
    ): ts.CompletionInfo | undefined;
  };
}

/** TypeScript asks in the middle of long work whether to go on. */
export const NEVER_CANCELLED = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => undefined,
} as const;

/** The names that a file declares at its top level, once it is bound. */
export type Locals = ReadonlyMap<ts.__String, ts.Symbol>;

/** Where tslab's TypeScript is installed. */
export function typescriptPath(): string {
  const own = createRequire(import.meta.url);
  return createRequire(own.resolve("tslab/package.json")).resolve("@tslab/typescript-for-tslab");
}

/** The names that a bound file declares at its top level. */
export function localsOf(file: ts.SourceFile): Locals {
  return (file as unknown as { readonly locals?: Locals }).locals ?? new Map();
}

/** The same object, with what TypeScript does not document. */
export function internals(ts: Typescript): Internals {
  return ts as unknown as Internals;
}
