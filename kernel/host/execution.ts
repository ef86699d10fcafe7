/** Runs `execute_request`s, one after the other, in the order in which they came. */

import type { AsyncCompiler } from "../compiler/compilerClient.js";
import type { Json, Message } from "../wire/message.js";
import type { CellError, Outcome } from "../worker/protocol.js";
import { compileError } from "./compileError.js";
import type { History } from "./history.js";
import type { Outputs } from "./outputs.js";
import type { CellEnd, WorkerProcess } from "./workerProcess.js";

/** Cells that the client sent together with a failing one may still be on their way when it fails. */
const ARRIVAL_MS = 10;

/** An `execute_request` that waits, and the way to answer it. */
export interface ExecuteTask {
  readonly request: Message;
  readonly reply: (content: Json) => void;
}

/** The parts of the host that execution needs. */
export interface ExecutionParts {
  readonly compiler: AsyncCompiler;
  readonly worker: WorkerProcess;
  readonly outputs: Outputs;
  readonly history: History;
}

/** The queue of cells. */
export class Execution {
  /** The number of the newest counted cell. */
  count = 0;
  private readonly waiting: ExecuteTask[] = [];
  private busy = false;
  private nextCell = 1;
  /** Set when an interrupt came while the cell was still being compiled. */
  private interrupted = false;

  constructor(private readonly parts: ExecutionParts) {}

  /** Queues a cell. */
  enqueue(task: ExecuteTask): void {
    this.waiting.push(task);
    if (!this.busy) void this.drain();
  }

  /** Interrupts the running cell; those behind it are aborted as after any error. */
  interrupt(): void {
    this.interrupted = true;
    this.parts.worker.interrupt();
  }

  private async drain(): Promise<void> {
    this.busy = true;
    for (let task = this.waiting.shift(); task !== undefined; task = this.waiting.shift()) {
      const failed = await this.perform(task);
      if (!failed || task.request.content.stop_on_error === false) continue;
      for (const aborted of this.waiting.splice(0)) this.abort(aborted);
    }
    this.busy = false;
  }

  /** Runs one cell from `busy` to `idle`. Returns whether it failed. */
  private async perform({ request, reply }: ExecuteTask): Promise<boolean> {
    const { outputs } = this.parts;
    const { content, header } = request;
    const silent = content.silent === true;
    const counted = !silent && content.store_history !== false;
    const source = typeof content.code === "string" ? content.code : "";
    this.interrupted = false;
    outputs.publish(header, "status", { execution_state: "busy" });
    if (counted) this.count += 1;
    if (counted && source.trim() !== "") this.parts.history.add(this.count, source);
    const execution_count = this.count;
    if (!silent) outputs.publish(header, "execute_input", { code: source, execution_count });

    const outcome = await this.runCode(source, request, true);
    if (outcome.status === "error") {
      const { ename, evalue, traceback } = outcome;
      outputs.publish(header, "error", { ename, evalue, traceback });
      await new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS));
      reply({ status: "error", execution_count, ename, evalue, traceback, user_expressions: {}, payload: [] });
    } else {
      if (!silent && outcome.result !== null) {
        const { data, metadata } = outcome.result;
        outputs.publish(header, "execute_result", { execution_count, data, metadata });
      }
      const user_expressions = await this.userExpressions(request);
      reply({ status: "ok", execution_count, user_expressions, payload: [] });
    }
    outputs.publish(header, "status", { execution_state: "idle" });
    return outcome.status === "error";
  }

  /** Compiles and runs; with `keep`, what the code declares stays. */
  private async runCode(source: string, request: Message, keep: boolean): Promise<Outcome> {
    const { compiler, worker, outputs } = this.parts;
    const cell = this.nextCell++;
    outputs.attach(cell, request.header);
    try {
      const compiled = await compiler.compile(source);
      if (compiled.status === "error") {
        return { status: "error", ...compileError(source, this.count, compiled.diagnostics) };
      }
      if (this.interrupted) return { status: "error", ...INTERRUPTED };
      const end: CellEnd = await worker.run(cell, this.count, source, compiled);
      if (end.stateLost) await compiler.reset();
      else if (keep) await compiler.commit(compiled.id, end.dead);
      return end.outcome;
    } catch (error) {
      // The compiler itself failed: an error of the kernel, but the client must still get its answer.
      const evalue = error instanceof Error ? error.message : String(error);
      return { status: "error", ename: "KernelError", evalue, traceback: [`KernelError: ${evalue}`] };
    }
  }

  private async userExpressions(request: Message): Promise<Json> {
    const asked = request.content.user_expressions;
    if (typeof asked !== "object" || asked === null) return {};
    const answers: Json = {};
    for (const [name, source] of Object.entries(asked)) {
      const outcome = await this.runCode(String(source), request, false);
      answers[name] =
        outcome.status === "error" ? outcome : { status: "ok", data: {}, metadata: {}, ...(outcome.result ?? {}) };
    }
    return answers;
  }

  private abort({ request, reply }: ExecuteTask): void {
    const { outputs } = this.parts;
    outputs.publish(request.header, "status", { execution_state: "busy" });
    reply({ status: "aborted", execution_count: this.count });
    outputs.publish(request.header, "status", { execution_state: "idle" });
  }
}

const INTERRUPTED: CellError = {
  ename: "KeyboardInterrupt",
  evalue: "the cell was interrupted",
  traceback: ["\u001b[31mKeyboardInterrupt\u001b[39m: the cell was interrupted"],
};
