/** Runs `execute_request`s: those of one shell one after the other, those of different shells side by side. */

import type { AsyncCompiler } from "../compiler/compilerClient.js";
import type { Debugger } from "../debugger/debugger.js";
import { Tidying } from "../garbage.js";
import type { Json, Message } from "../wire/message.js";
import type { CellError, Outcome } from "../worker/protocol.js";
import type { CellQueue, ExecuteTask } from "./cellQueue.js";
import { compileError, compileWarnings } from "./compileError.js";
import type { History } from "./history.js";
import type { Outputs } from "./outputs.js";
import type { Stdin } from "./stdin.js";
import { noSubshell, Subshells } from "./subshells.js";
import type { CellEnd, WorkerProcess } from "./workerProcess.js";

/** The parts of the host that execution needs. */
export interface ExecutionParts {
  readonly compiler: AsyncCompiler;
  readonly worker: WorkerProcess;
  readonly outputs: Outputs;
  readonly history: History;
  readonly stdin: Stdin;
  readonly debug: Pick<Debugger, "prepare">;
}

/** The cells of all shells. */
export class Execution {
  /** The number of the newest counted cell. */
  count = 0;
  readonly subshells: Subshells;
  private nextCell = 1;
  private readonly tidying = new Tidying();

  constructor(private readonly parts: ExecutionParts) {
    this.subshells = new Subshells({
      perform: (task, queue) => this.perform(task, queue),
      abort: (task) => this.refuse(task, { status: "aborted" }),
    });
  }

  /** Queues a cell in the shell that its header names; an unknown one is an error. */
  enqueue(task: ExecuteTask): void {
    const id = task.request.header.subshell_id;
    const queue = this.subshells.find(id);
    if (queue !== undefined) {
      queue.add(task);
    } else {
      const { message: evalue } = noSubshell(id);
      this.refuse(task, { status: "error", ename: "KernelError", evalue, traceback: [evalue] });
    }
  }

  /** Interrupts the running cells of all shells; those behind them are aborted as after any error. */
  interrupt(): void {
    for (const queue of this.subshells.all) queue.interrupted = true;
    this.parts.worker.interrupt();
  }

  /** Runs one cell from `busy` to `idle`. Returns whether those behind it are to be aborted. */
  private async perform({ request, reply }: ExecuteTask, queue: CellQueue): Promise<boolean> {
    const { outputs } = this.parts;
    const { content, header } = request;
    const silent = content.silent === true;
    const counted = !silent && content.store_history !== false;
    const source = typeof content.code === "string" ? content.code : "";
    outputs.publish(header, "status", { execution_state: "busy" });
    if (counted) this.count += 1;
    const execution_count = this.count;
    if (counted && source.trim() !== "") this.parts.history.addInput(execution_count, source);
    if (!silent) outputs.publish(header, "execute_input", { code: source, execution_count });

    const run = (code: string, keep: boolean) => this.runCode(code, { request, queue, execution_count, keep });
    const outcome = await run(source, true);
    const stops = outcome.status === "error" && content.stop_on_error !== false && !silent;
    if (outcome.status === "error") {
      const { ename, evalue, traceback } = outcome;
      if (stops) await queue.settled();
      outputs.publish(header, "error", { ename, evalue, traceback });
      reply({ status: "error", execution_count, ename, evalue, traceback, user_expressions: {}, payload: [] });
    } else {
      if (!silent && outcome.result !== null) {
        const { data, metadata } = outcome.result;
        outputs.publish(header, "execute_result", { execution_count, data, metadata });
        if (counted) this.parts.history.addOutput(execution_count, String(data["text/plain"] ?? ""));
      }
      const user_expressions = await this.userExpressions(request, (code) => run(code, false));
      reply({ status: "ok", execution_count, user_expressions, payload: [] });
    }
    outputs.publish(header, "status", { execution_state: "idle" });
    return stops;
  }

  /** Compiles and runs; with `keep`, what the code declares stays. */
  private async runCode(source: string, { request, queue, execution_count, keep }: Run): Promise<Outcome> {
    const { compiler, worker, outputs, stdin, debug } = this.parts;
    const cell = this.nextCell++;
    outputs.attach(cell, request.header);
    try {
      let worksIn = worker.generation;
      let compiled = await compiler.compile(source);
      // Another shell's cell may have ended the worker meanwhile, and with it the variables that this one counts on.
      while (worksIn !== worker.generation) {
        worksIn = worker.generation;
        compiled = await compiler.compile(source);
      }
      if (compiled.status === "error") {
        return { status: "error", ...compileError(source, execution_count, compiled.diagnostics, compiled.ename) };
      }
      if (compiled.warnings.length > 0) {
        const text = compileWarnings(source, execution_count, compiled.warnings);
        outputs.publish(request.header, "stream", { name: "stderr", text });
      }
      const prepared = debug.prepare({ cell, count: execution_count, source }, compiled);
      if (prepared !== null) await prepared;
      if (queue.interrupted) {
        await compiler.discard(compiled.id);
        return { status: "error", ...INTERRUPTED };
      }
      const allowStdin = request.content.allow_stdin === true;
      if (allowStdin) stdin.attach(cell, request);
      const end: CellEnd = await worker.run({ cell, count: execution_count, source, allowStdin }, compiled);
      stdin.detach(cell);
      if (keep && !end.stateLost) await compiler.commit(compiled.id, end.dead, end.directory);
      else await compiler.discard(compiled.id);
      this.tidying.used();
      return end.outcome;
    } catch (error) {
      // The compiler itself failed: an error of the kernel, but the client must still get its answer.
      const evalue = error instanceof Error ? error.message : String(error);
      return { status: "error", ename: "KernelError", evalue, traceback: [`KernelError: ${evalue}`] };
    }
  }

  private async userExpressions(request: Message, run: (code: string) => Promise<Outcome>): Promise<Json> {
    const asked = request.content.user_expressions;
    if (typeof asked !== "object" || asked === null) return {};
    const answers: Json = {};
    for (const [name, source] of Object.entries(asked)) {
      const outcome = await run(String(source));
      answers[name] =
        outcome.status === "error" ? outcome : { status: "ok", data: {}, metadata: {}, ...(outcome.result ?? {}) };
    }
    return answers;
  }

  /** Answers a cell that is not run. */
  private refuse({ request, reply }: ExecuteTask, answer: Json): void {
    const { outputs } = this.parts;
    outputs.publish(request.header, "status", { execution_state: "busy" });
    reply({ ...answer, execution_count: this.count });
    outputs.publish(request.header, "status", { execution_state: "idle" });
  }
}

/** On whose behalf code runs. */
interface Run {
  readonly request: Message;
  readonly queue: CellQueue;
  readonly execution_count: number;
  readonly keep: boolean;
}

const INTERRUPTED: CellError = {
  ename: "KeyboardInterrupt",
  evalue: "the cell was interrupted",
  traceback: ["\u001b[31mKeyboardInterrupt\u001b[39m: the cell was interrupted"],
};
