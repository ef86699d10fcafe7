/** What the kernel asks of a compiler of cells, whichever compiler it is. */

/** One thing that is wrong with a cell before it runs; lines and columns from 1. */
export interface Diagnostic {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** UTF-16 units underlined on that line, at least 1. */
  readonly length: number;
  /** TypeScript's number, such as 2322; 0 for what the kernel itself found. */
  readonly code: number;
  /** Set when the fault is in another file of the working directory. */
  readonly fileName?: string;
}

/** A local module that the cell imports, directly or through another one. */
export interface SideModule {
  /** Of its source. */
  readonly path: string;
  /** JavaScript, with an inline source map. */
  readonly code: string;
  readonly format: "module" | "commonjs";
}

/** A cell ready to run: the text of an async function `(exports, __cell)`, whose line 2 is the first of the cell. */
export interface CompiledCell {
  readonly status: "ok";
  /** Names this compilation, for `commit`. */
  readonly id: number;
  readonly code: string;
  /** Source map (JSON) from the emitted body to the cell; its sources' lines start at `mapLineOffset`. */
  readonly sourceMap: string;
  /** Lines that stand before the cell in the mapped source. */
  readonly mapLineOffset: number;
  /** Kernel globals that the cell mentions (`tf`, `spt`, …) and packages that it imports. */
  readonly uses: readonly string[];
  readonly sideModules: readonly SideModule[];
  /** Type errors that do not stop the cell, since `%typecheck warn`. */
  readonly warnings: readonly Diagnostic[];
}

/** A cell that cannot run. */
export interface RejectedCell {
  readonly status: "error";
  /** The error's name, when it is not TypeScript's. */
  readonly ename?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Candidates for the identifier around the cursor. */
export interface Completion {
  /** Replaced range, UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly matches: readonly string[];
  /** TypeScript's kind of each match ("function", "property", "const", …). */
  readonly kinds: readonly string[];
}

/** What is known about the symbol at the cursor. */
export interface Inspection {
  /** Its declaration with type, as an editor shows it. */
  readonly signature: string;
  readonly documentation: string;
  /** JSDoc tags, one line each. */
  readonly tags: readonly string[];
}

/** Whether a text can be run as it stands. */
export type Completeness =
  | { readonly status: "complete" | "invalid" }
  | { readonly status: "incomplete"; readonly indent: string };

/** Compiles cells in order; what a committed cell declared is visible, with its type, to the next ones. */
export interface CellCompiler {
  /** Type checks and compiles a cell. Each compiled cell is later given to `commit` or to `discard`. */
  compile(source: string): CompiledCell | RejectedCell;
  /**
   * Makes a compiled cell's declarations part of the session.
   *
   * @param id    of the compiled cell
   * @param dead  names that the cell declared but never initialised (it threw or was stopped before);
   *              they keep the meaning that they have without the cell
   * @param directory  where the cell left the working directory: the next one imports from there
   * @returns     all declarations of the session, for `restore`
   */
  commit(id: number, dead: readonly string[], directory: string): string;
  /** Forgets a compiled cell. */
  discard(id: number): void;
  /** Completes at `position` (UTF-16 units). */
  complete(source: string, position: number): Completion;
  /** Looks up the symbol at `position` (UTF-16 units); null when there is none. */
  inspect(source: string, position: number): Inspection | null;
  completeness(source: string): Completeness;
  /** The lines (from 1) of a text on which a breakpoint can stop. */
  codeLines(source: string): number[];
  /** Whether the code at a place (from 1) of a text stands in a `try` whose `catch` gets what it throws. */
  isInTry(source: string, line: number, column: number): boolean;
  /** Tells of a name that the debugger added to the session; its type is `any`. Returns what `commit` does. */
  declare(name: string): string;
  /** Replaces the session's declarations: none when the worker's state is gone, or those that `commit` or `declare` returned last. */
  restore(declarations: string): void;
}
