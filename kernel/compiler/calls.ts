/** What the host and the compiler say to each other, whether it is a thread or a process. */

import type { CellCompiler } from "./cellCompiler.js";

/** One call; methods are those of `CellCompiler`. */
export interface CompilerCall {
  readonly id: number;
  readonly method: keyof CellCompiler;
  readonly args: readonly unknown[];
}

/** Its answer: a value, or the message of what the method threw. */
export type CompilerAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** Calls the compiler. */
export function answerCall(compiler: CellCompiler, { id, method, args }: CompilerCall): CompilerAnswer {
  try {
    const call = compiler[method] as (...args: readonly unknown[]) => unknown;
    return { id, value: call(...args) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
