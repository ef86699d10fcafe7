/** The cell compiler as the host sees it: in another thread, so that it never delays the sockets. */

import { Worker } from "node:worker_threads";
import type { CellCompiler } from "./cellCompiler.js";
import type { CompilerAnswer, CompilerCall } from "./thread.js";

/** `CellCompiler` with every method asynchronous; calls are answered in order. */
export type AsyncCompiler = {
  readonly [M in keyof CellCompiler]: (...args: Parameters<CellCompiler[M]>) => Promise<ReturnType<CellCompiler[M]>>;
};

/** How the compiler is started. */
export interface CompilerOptions {
  /** Told when the thread has ended by itself. Returns a line for the user, or nothing. */
  readonly onCrash: (error: Error) => string;
  /** What the thread runs; another one in tests. */
  readonly script?: URL;
}

/** A thread that ends this often without having answered once is not started again. */
const MAX_FAILED_STARTS = 3;

interface Caller {
  readonly call: CompilerCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Starts the compiler's thread. Calls made before it is ready wait. */
export function startCompiler(options: CompilerOptions): AsyncCompiler {
  return new CompilerThread(options).asCompiler();
}

/** Keeps a thread running; one that ends is replaced by another that knows the session's declarations. */
class CompilerThread {
  private readonly waiting = new Map<number, Caller>();
  private nextId = 1;
  private declarations = "";
  private failedStarts = 0;
  private thread: Worker;

  constructor(private readonly options: CompilerOptions) {
    this.thread = this.start();
  }

  asCompiler(): AsyncCompiler {
    const method =
      (name: keyof CellCompiler) =>
      (...args: readonly unknown[]): Promise<never> =>
        this.call(name, args);
    return {
      compile: method("compile"),
      commit: method("commit"),
      discard: method("discard"),
      complete: method("complete"),
      inspect: method("inspect"),
      completeness: method("completeness"),
      codeLines: method("codeLines"),
      isInTry: method("isInTry"),
      declare: method("declare"),
      restore: method("restore"),
    };
  }

  private call(method: keyof CellCompiler, args: readonly unknown[]): Promise<never> {
    return new Promise((resolve, reject) => {
      const call: CompilerCall = { id: this.nextId++, method, args };
      if (method === "restore") this.declarations = String(args[0]);
      this.waiting.set(call.id, { call, resolve: resolve as (value: unknown) => void, reject });
      this.thread.postMessage(call);
    });
  }

  private start(): Worker {
    const thread = new Worker(this.options.script ?? new URL("./thread.js", import.meta.url));
    thread.unref();
    let reason = new Error("its thread ended");
    thread.on("message", (answer: CompilerAnswer) => this.onAnswer(answer));
    thread.on("error", (error) => {
      reason = error;
    });
    thread.once("exit", () => this.onExit(reason));
    if (this.declarations !== "") {
      thread.postMessage({ id: 0, method: "restore", args: [this.declarations] } satisfies CompilerCall);
    }
    return thread;
  }

  private onAnswer(answer: CompilerAnswer): void {
    this.failedStarts = 0;
    const caller = this.waiting.get(answer.id);
    if (caller === undefined) return;
    this.waiting.delete(answer.id);
    if ("error" in answer) {
      caller.reject(new Error(answer.error));
      return;
    }
    if (caller.call.method === "commit" || caller.call.method === "declare") this.declarations = String(answer.value);
    caller.resolve(answer.value);
  }

  private onExit(reason: Error): void {
    const report = this.options.onCrash(reason);
    const isHopeless = ++this.failedStarts >= MAX_FAILED_STARTS;
    const remedy = isHopeless
      ? "it does not start again: restart the kernel, and run `sptlab doctor` if that does not help"
      : "it was started anew and knows what earlier cells declared: run the cell again";
    const message = [`the compiler ended (${reason.message}); ${remedy}`, ...(report === "" ? [] : [report])].join(
      "; ",
    );
    const callers = [...this.waiting.values()];
    this.waiting.clear();
    if (isHopeless) this.call = () => Promise.reject(new Error(message));
    else this.thread = this.start();
    for (const { reject } of callers) reject(new Error(message, { cause: reason }));
  }
}
