/** The compiler's own thread: answers the calls of `compilerClient.ts`, in order. */

import { parentPort } from "node:worker_threads";
import type { CellCompiler } from "./cellCompiler.js";
import { keepCode } from "./prepare.js";
import { createTslabCompiler } from "./tslabCompiler.js";
import { loadTypescript } from "./typescript.js";

/** A first start that finds no code of an earlier one keeps its own when it has been quiet for this long. */
const KEEP_CODE_AFTER_MS = 10_000;

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

if (parentPort !== null) {
  const port = parentPort;
  const { ts, script } = loadTypescript();
  const compiler = createTslabCompiler(ts);
  const keeping = script.isCached ? null : setTimeout(() => keepCode(compiler, script), KEEP_CODE_AFTER_MS).unref();
  port.on("message", ({ id, method, args }: CompilerCall) => {
    keeping?.refresh();
    let answer: CompilerAnswer;
    try {
      const call = compiler[method] as (...args: readonly unknown[]) => unknown;
      answer = { id, value: call(...args) };
    } catch (error) {
      answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    port.postMessage(answer);
  });
}
