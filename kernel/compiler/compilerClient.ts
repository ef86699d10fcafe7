/** The cell compiler as the host sees it: in another thread, so that it never delays the sockets. */

import { Worker } from "node:worker_threads";
import type { CellCompiler } from "./cellCompiler.js";
import type { CompilerAnswer, CompilerCall } from "./thread.js";

/** `CellCompiler` with every method asynchronous; calls are answered in order. */
export type AsyncCompiler = {
  readonly [M in keyof CellCompiler]: (...args: Parameters<CellCompiler[M]>) => Promise<ReturnType<CellCompiler[M]>>;
};

/** Starts the compiler's thread. Calls made before it is ready wait. */
export function startCompiler(): AsyncCompiler {
  const thread = new Worker(new URL("./thread.js", import.meta.url));
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 1;
  thread.unref();

  thread.on("message", (answer: CompilerAnswer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) caller?.reject(new Error(answer.error));
    else caller?.resolve(answer.value);
  });
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure = error;
    for (const caller of waiting.values()) caller.reject(error);
    waiting.clear();
  };
  thread.on("error", fail);
  thread.on("exit", () => fail(failure ?? new Error("the compiler's thread ended")));

  const method =
    (name: keyof CellCompiler) =>
    (...args: readonly unknown[]): Promise<never> =>
      new Promise((resolve, reject) => {
        if (failure !== null) return reject(failure);
        const call: CompilerCall = { id: nextId++, method: name, args };
        waiting.set(call.id, { resolve: resolve as (value: unknown) => void, reject });
        thread.postMessage(call);
      });
  return {
    compile: method("compile"),
    commit: method("commit"),
    complete: method("complete"),
    inspect: method("inspect"),
    completeness: method("completeness"),
    reset: method("reset"),
  };
}
