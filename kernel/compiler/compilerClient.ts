/** The cell compiler as the host sees it: beside the host, so that it never delays the sockets. */

import type { CompilerAnswer, CompilerCall } from "./calls.js";
import type { CellCompiler } from "./cellCompiler.js";
import { type CompilerPeer, startProcess, startThread } from "./compilerPeer.js";
import { findSnapshot } from "./snapshot.js";

/** `CellCompiler` with every method asynchronous; calls are answered in order. */
export type AsyncCompiler = {
  readonly [M in keyof CellCompiler]: (...args: Parameters<CellCompiler[M]>) => Promise<ReturnType<CellCompiler[M]>>;
};

/** Told when the compiler has ended by itself. Returns a line for the user, or nothing. */
export type OnCompilerCrash = (error: Error) => string;

/** How the compiler is started. */
export interface CompilerOptions {
  readonly onCrash: OnCompilerCrash;
  /** What a thread runs; another one in tests. */
  readonly script?: URL;
  /** The snapshot from which a process starts instead; null for none. By default the one of this build. */
  readonly snapshot?: string | null;
}

/** A compiler that ends this often without having answered once is not started again. */
const MAX_FAILED_STARTS = 3;

interface Caller {
  readonly call: CompilerCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Starts the compiler. Calls made before it is ready wait. */
export function startCompiler(options: CompilerOptions): AsyncCompiler {
  return new CompilerRunner(options).asCompiler();
}

/** Keeps a compiler running; one that ends is replaced by another that knows the session's declarations. */
class CompilerRunner {
  private readonly waiting = new Map<number, Caller>();
  private nextId = 1;
  private declarations = "";
  private failedStarts = 0;
  /** Null when there is none, or when it has turned out not to work here. */
  private snapshot: string | null;
  private hasAnswered = false;
  private peer: CompilerPeer;

  constructor(private readonly options: CompilerOptions) {
    this.snapshot = options.snapshot === undefined && options.script === undefined ? findSnapshot() : null;
    if (options.snapshot !== undefined) this.snapshot = options.snapshot;
    this.peer = this.start();
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
      this.peer.post(call);
    });
  }

  private start(): CompilerPeer {
    this.hasAnswered = false;
    const listener = {
      onAnswer: (answer: CompilerAnswer) => this.onAnswer(answer),
      onExit: (reason: Error) => this.onExit(reason),
    };
    const script = this.options.script ?? new URL("./thread.js", import.meta.url);
    const peer = this.snapshot === null ? startThread(script, listener) : startProcess(this.snapshot, listener);
    if (this.declarations !== "") peer.post({ id: 0, method: "restore", args: [this.declarations] });
    return peer;
  }

  private onAnswer(answer: CompilerAnswer): void {
    this.failedStarts = 0;
    this.hasAnswered = true;
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
    if (this.snapshot !== null && !this.hasAnswered) {
      this.snapshot = null; // Not of this Node after all: nothing is lost but time.
      this.peer = this.start();
      for (const { call } of this.waiting.values()) this.peer.post(call);
      return;
    }
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
    else this.peer = this.start();
    for (const { reject } of callers) reject(new Error(message, { cause: reason }));
  }
}
