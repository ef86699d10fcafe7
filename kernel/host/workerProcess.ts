/** The process that runs user code: started, given cells, interrupted, replaced when it dies. */

import { type ChildProcess, fork } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { CompiledCell } from "../compiler/cellCompiler.js";
import type { CellError, Done, FromWorker, Outcome, ToWorker, WorkerOutput } from "../worker/protocol.js";
import { WATCHDOG_FD } from "../worker/protocol.js";
import { PipeReader } from "./pipeReader.js";

/** An interrupt is repeated this often until the cell has ended: code stopped by force may take one with it. */
const REPEAT_MS = 200;

/** A cell that has not ended by then is ended with its process. */
const KILL_AFTER_MS = 5_000;

/** A second interrupt counts as impatience only after this time: a double click is one interrupt. */
const IMPATIENT_AFTER_MS = 700;

/** How a cell ended, and the names that it never initialised. */
export interface CellEnd {
  readonly outcome: Outcome;
  readonly dead: readonly string[];
  /** The process died with the cell: all variables are gone. */
  readonly stateLost: boolean;
}

/** What the worker tells while it runs. */
export interface WorkerListener {
  readonly onOutput: (output: WorkerOutput) => void;
  /** Text from the pipes, written during (or after) `cell`. */
  readonly onPipe: (cell: number, name: "stdout" | "stderr", text: string) => void;
  /** The process ended while no cell was running; a new one is there already. */
  readonly onIdleDeath: (reason: string) => void;
}

interface Running {
  readonly cell: number;
  readonly resolve: (end: CellEnd) => void;
  interruptedAt: number | null;
  readonly timers: NodeJS.Timeout[];
  /** Why we killed the process, if we did. */
  killReason: string | null;
}

/** One worker at any time. */
export class WorkerProcess {
  private child: ChildProcess;
  private pipes: readonly PipeReader[] = [];
  private running: Running | null = null;
  private newestCell = 0;
  private sequence = 0;
  private closed = false;
  /** What the worker said before it ended itself. */
  private exitReason: string | null = null;

  constructor(private readonly listener: WorkerListener) {
    this.child = this.spawn();
  }

  /** Runs a compiled cell; resolves when it has ended and all its output has been passed on. */
  run(cell: number, count: number, source: string, compiled: CompiledCell): Promise<CellEnd> {
    this.newestCell = cell;
    return new Promise((resolve) => {
      this.running = { cell, resolve, interruptedAt: null, timers: [], killReason: null };
      const { code, sourceMap, mapLineOffset, uses, sideModules } = compiled;
      this.send({ type: "run", cell, count, source, code, sourceMap, mapLineOffset, uses, sideModules });
    });
  }

  /** Interrupts the running cell, if any; a second call while it still runs ends it with its process. */
  interrupt(): void {
    const { running } = this;
    if (running === null) return;
    if (running.interruptedAt !== null) {
      if (performance.now() - running.interruptedAt > IMPATIENT_AFTER_MS) this.kill("it was interrupted twice");
      return;
    }
    running.interruptedAt = performance.now();
    const sequence = ++this.sequence;
    (this.child.stdio[WATCHDOG_FD] as Writable | null)?.write(`${sequence}\n`);
    const ask = () => this.send({ type: "interrupt", cell: running.cell, sequence });
    ask();
    running.timers.push(
      setInterval(ask, REPEAT_MS),
      setTimeout(() => this.kill(`it did not stop within ${KILL_AFTER_MS / 1000} s of an interrupt`), KILL_AFTER_MS),
    );
  }

  /** Ends the process for good. */
  close(): void {
    this.closed = true;
    this.child.kill("SIGKILL");
  }

  private kill(reason: string): void {
    if (this.running !== null) this.running.killReason = reason;
    this.child.kill("SIGKILL");
  }

  private send(message: ToWorker): void {
    // A dying process refuses messages; its exit ends the cell.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private spawn(): ChildProcess {
    const child = fork(fileURLToPath(new URL("../worker/main.js", import.meta.url)), [], {
      // An interrupt leaves Node's stack of async ids unbalanced, which it would otherwise die of.
      execArgv: ["--no-force-async-hooks-checks", "--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      serialization: "advanced",
    });
    (child.stdio[WATCHDOG_FD] as Writable | null)?.on("error", () => undefined);
    const pipe = (name: "stdout" | "stderr"): PipeReader[] => {
      const stream = child[name];
      return stream === null
        ? []
        : [new PipeReader(stream, (text) => this.listener.onPipe(this.running?.cell ?? this.newestCell, name, text))];
    };
    this.pipes = [...pipe("stdout"), ...pipe("stderr")];
    child.on("message", (message: FromWorker) => this.onMessage(message));
    child.once("error", () => undefined);
    child.once("exit", (code, signal) => this.onExit(child, code, signal));
    return child;
  }

  private onMessage(message: FromWorker): void {
    if (message.type === "exit") this.exitReason = `process.exit(${message.code}) was called`;
    else if (message.type === "done") void this.onDone(message);
    else this.listener.onOutput(message);
  }

  private async onDone({ cell, outcome, dead, sentinel }: Done): Promise<void> {
    const { running } = this;
    if (running === null || running.cell !== cell) return;
    for (const timer of running.timers.splice(0)) clearTimeout(timer);
    await Promise.all(this.pipes.map((pipe) => pipe.reached(sentinel)));
    this.end(running, { outcome, dead, stateLost: false });
  }

  private onExit(child: ChildProcess, code: number | null, signal: string | null): void {
    if (this.closed || child !== this.child) return;
    const { running } = this;
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const why = running?.killReason ?? this.exitReason ?? `it ended with ${how}`;
    this.exitReason = null;
    const evalue = `the worker process was restarted (${why}); all variables are lost, run the cells again`;
    this.child = this.spawn();
    if (running === null) {
      this.listener.onIdleDeath(evalue);
      return;
    }
    const error: CellError = {
      ename: "WorkerRestarted",
      evalue,
      traceback: [`\u001b[31mWorkerRestarted\u001b[39m: ${evalue}`],
    };
    this.end(running, { outcome: { status: "error", ...error }, dead: [], stateLost: true });
  }

  private end(running: Running, end: CellEnd): void {
    if (this.running !== running) return;
    this.running = null;
    for (const timer of running.timers) clearTimeout(timer);
    running.resolve(end);
  }
}
