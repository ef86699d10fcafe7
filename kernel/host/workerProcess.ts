/** The process that runs user code: started, given cells, interrupted, replaced when it dies. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { deserialize } from "node:v8";
import type { CompiledCell } from "../compiler/cellCompiler.js";
import { readLines } from "../wire/lines.js";
import { frameMarks, newMarkSecret } from "../worker/frameMarks.js";
import type {
  CellError,
  CommHandled,
  CommMessage,
  Done,
  FromWatchdog,
  FromWorker,
  InputQuestion,
  InspectorCall,
  Outcome,
  RunRequest,
  ToWatchdog,
  ToWorker,
  WorkerOutput,
} from "../worker/protocol.js";
import { INSPECTOR_FD, OUTPUT_FD, WATCHDOG_FD } from "../worker/protocol.js";
import { descendants } from "./descendants.js";
import { FrameReader } from "./frameReader.js";
import { PipeReader } from "./pipeReader.js";

/** An interrupt is repeated this often until the cell has ended: code stopped by force may take one with it. */
const REPEAT_MS = 200;

/** Child processes are interrupted after the cell: one that waits for a child must not go on when that ends. */
const CHILDREN_AFTER_MS = 100;

/** A cell that has not ended by then is ended with its process: more than the worker's patience and grace together. */
const KILL_AFTER_MS = 6_000;

/** A second interrupt counts as impatience only after this time: a double click is one interrupt. */
const IMPATIENT_AFTER_MS = 700;

/** Of what a dying process writes to its standard error, this much is kept for the report. */
const KEPT_STDERR_CHARS = 4_000;

/** A worker that dies this often before it has finished a cell is started again only for the next one. */
const MAX_DEATHS_IN_A_ROW = 3;

/** What a dead process still has in its pipes is waited for this long. */
const LAST_WORDS_MS = 250;

/** How a cell ended, and the names that it never initialised. */
export interface CellEnd {
  readonly outcome: Outcome;
  readonly dead: readonly string[];
  /** Where it left the working directory. */
  readonly directory: string;
  /** The process died with the cell: all variables are gone. */
  readonly stateLost: boolean;
}

/** How a comm message ends: nobody looks at it. */
const HANDLED: CellEnd = { outcome: { status: "ok", result: null }, dead: [], directory: "", stateLost: false };

/** What the worker tells while it runs. */
export interface WorkerListener {
  readonly onOutput: (output: WorkerOutput) => void;
  readonly onComm: (message: CommMessage) => void;
  readonly onInput: (question: InputQuestion) => void;
  /** Set while more output has come than could be passed on: no more is read until it resolves. */
  readonly congestion: () => Promise<void> | null;
  /** Text from the pipes, written during (or after) `cell`: of several that run, the newest. */
  readonly onPipe: (cell: number, name: "stdout" | "stderr", text: string) => void;
  /** The process ended and all variables are gone; a new one is there already. */
  readonly onDeath: () => void;
  /**
   * It ended neither by user code's wish nor by ours. Returns a line for the user, or nothing.
   *
   * @param stderr  the last that it wrote there
   */
  readonly onCrash: (how: string, stderr: string) => string;
  /** What the inspector answered or tells. */
  readonly onInspector: (message: FromWatchdog) => void;
  /** No cell was running that could tell the user of it. */
  readonly onIdleDeath: (reason: string) => void;
}

interface Running {
  readonly cell: number;
  readonly resolve: (end: CellEnd) => void;
  interruptedAt: number | null;
}

/** One worker at any time. */
export class WorkerProcess {
  private child: ChildProcess;
  private pipes: readonly PipeReader[] = [];
  /** Grows with each new process: what an older one knew is lost. */
  generation = 0;
  /** Cells, and comm messages that are handled. */
  private readonly running = new Map<number, Running>();
  private newestCell = 0;
  private sequence = 0;
  private closed = false;
  /** Repeat an interrupt until the cells have ended, and then lose patience. */
  private readonly timers: NodeJS.Timeout[] = [];
  /** Why the process ends, when somebody wants it to: the worker itself or we. */
  private endReason: string | null = null;
  /** Deaths since a cell last came to its end. */
  private deathsInARow = 0;
  private isDown = false;
  private lastStderr = "";

  constructor(private readonly listener: WorkerListener) {
    this.child = this.spawn();
  }

  /** Runs a compiled cell, beside others; resolves when it has ended and all its output has been passed on. */
  run(request: Pick<RunRequest, "cell" | "count" | "source" | "allowStdin">, compiled: CompiledCell): Promise<CellEnd> {
    const { cell } = request;
    this.newestCell = cell;
    this.startAgain();
    return new Promise((resolve) => {
      this.running.set(cell, { cell, resolve, interruptedAt: null });
      const { code, sourceMap, mapLineOffset, uses, sideModules } = compiled;
      this.send({ type: "run", ...request, code, sourceMap, mapLineOffset, uses, sideModules });
    });
  }

  /** Hands a comm message to its handler; resolves when that has ended, or its process. */
  deliver(message: CommMessage): Promise<void> {
    const { cell } = message;
    return new Promise((resolve) => {
      this.running.set(cell, { cell, resolve: () => resolve(), interruptedAt: null });
      this.send(message);
    });
  }

  /** Passes the user's answer to a question on. */
  answer(question: number, value: string): void {
    this.send({ type: "input", question, value });
  }

  /** Interrupts all that runs, if anything; a second call while some still does ends it with its process. */
  interrupt(): void {
    const now = performance.now();
    const isImpatient = [...this.running.values()].some(
      ({ interruptedAt }) => interruptedAt !== null && now - interruptedAt > IMPATIENT_AFTER_MS,
    );
    if (isImpatient) this.kill("it was interrupted twice");
    const asked = [...this.running.values()].filter(({ interruptedAt }) => interruptedAt === null);
    if (asked.length === 0) return;
    for (const running of asked) running.interruptedAt = now;
    this.sequence += 1;
    this.sendToWatchdog({ interrupt: this.sequence });
    const children = descendants(this.child.pid ?? 0);
    setTimeout(() => children.forEach(interruptProcess), CHILDREN_AFTER_MS);
    const ask = () => this.send({ type: "interrupt", cells: this.interruptedCells(), sequence: this.sequence });
    ask();
    if (this.timers.length > 0) return;
    this.timers.push(
      setInterval(ask, REPEAT_MS),
      setTimeout(() => this.kill(`it did not stop within ${KILL_AFTER_MS / 1000} s of an interrupt`), KILL_AFTER_MS),
    );
  }

  /** Makes a call to the inspector of the process, also while a cell computes or stands still. */
  inspect(call: InspectorCall): void {
    this.startAgain();
    this.sendToWatchdog(call);
  }

  /** Ends the process for good. */
  close(): void {
    this.closed = true;
    this.child.kill("SIGKILL");
  }

  private interruptedCells(): number[] {
    return [...this.running.values()].filter(({ interruptedAt }) => interruptedAt !== null).map(({ cell }) => cell);
  }

  private kill(reason: string): void {
    this.endReason ??= reason;
    this.child.kill("SIGKILL");
  }

  private send(message: ToWorker): void {
    // A dying process refuses messages; its exit ends the cell.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private sendToWatchdog(message: ToWatchdog): void {
    (this.child.stdio[WATCHDOG_FD] as Writable | null)?.write(`${JSON.stringify(message)}\n`);
  }

  /** Starts the process that died too often to be started at once. */
  private startAgain(): void {
    if (this.isDown) this.child = this.spawn();
    this.isDown = false;
  }

  private spawn(): ChildProcess {
    const secret = newMarkSecret();
    const child = fork(fileURLToPath(new URL("../worker/main.js", import.meta.url)), [secret], {
      // V8 would keep each cell's script in case the same comes again. An interrupt leaves Node's stack of async ids
      // unbalanced, which it would otherwise die of. Local modules of cells are `vm.SourceTextModule`s.
      execArgv: [
        "--no-compilation-cache",
        "--no-force-async-hooks-checks",
        "--experimental-vm-modules",
        "--disable-warning=ExperimentalWarning",
      ],
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe", "pipe", "pipe"],
      serialization: "advanced",
    });
    (child.stdio[WATCHDOG_FD] as Writable | null)?.on("error", () => undefined);
    const pipe = (name: "stdout" | "stderr"): PipeReader[] => {
      const stream = child[name];
      return stream === null
        ? []
        : [
            new PipeReader(stream, (text) => {
              if (name === "stderr") this.lastStderr = (this.lastStderr + text).slice(-KEPT_STDERR_CHARS);
              this.listener.onPipe([...this.running.keys()].at(-1) ?? this.newestCell, name, text);
            }),
          ];
    };
    this.pipes = [...pipe("stdout"), ...pipe("stderr")];
    const frames = new FrameReader(frameMarks(secret), (payload) => this.onMessage(deserialize(payload) as FromWorker));
    const pipesUp = child.stdio as readonly unknown[] as readonly (Readable | null)[];
    const inspector = pipesUp[INSPECTOR_FD];
    inspector?.on("error", () => undefined);
    if (inspector) {
      readLines(inspector, (line) => {
        if (child === this.child) this.listener.onInspector(JSON.parse(line) as FromWatchdog);
      });
    }
    const output = pipesUp[OUTPUT_FD];
    output?.on("error", () => undefined);
    output?.on("data", (chunk: Buffer) => {
      frames.add(chunk);
      const congested = this.listener.congestion();
      if (congested === null) return;
      output.pause();
      void congested.then(() => output.resume());
    });
    child.on("error", (error) => {
      if (child.pid === undefined) void this.onExit(child, `an error at its start: ${error.message}`);
    });
    child.once("disconnect", () => child.kill("SIGKILL")); // It would hear of no further cell.
    child.once("exit", (code, signal) => {
      void this.onExit(child, signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
    return child;
  }

  private onMessage(message: FromWorker): void {
    if (message.type === "exit") this.endReason ??= `process.exit(${message.code}) was called`;
    else if (message.type === "done") void this.onDone(message);
    else if (message.type === "comm") this.listener.onComm(message);
    else if (message.type === "input") this.listener.onInput(message);
    else if (message.type === "handled") this.onHandled(message);
    else this.listener.onOutput(message);
  }

  private onHandled({ cell }: CommHandled): void {
    this.running.get(cell)?.resolve(HANDLED);
    this.running.delete(cell);
    this.clearTimers();
  }

  private async onDone({ cell, outcome, dead, sentinel, directory }: Done): Promise<void> {
    const running = this.running.get(cell);
    if (running === undefined) return;
    this.deathsInARow = 0;
    running.interruptedAt = null;
    this.clearTimers();
    await Promise.all(this.pipes.map((pipe) => pipe.reached(sentinel)));
    this.end(running, { outcome, dead, directory, stateLost: false });
  }

  private async onExit(child: ChildProcess, how: string): Promise<void> {
    if (this.closed || child !== this.child) return;
    const cut = [...this.running.values()];
    this.running.clear();
    this.clearTimers();
    this.generation += 1;
    this.deathsInARow += 1;
    // One that cannot even start would be started for ever: the next cell tries again, and tells its user.
    if (this.deathsInARow < MAX_DEATHS_IN_A_ROW) this.child = this.spawn();
    else this.isDown = true;
    this.listener.onDeath();
    await Promise.race([once(child, "close"), new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
    const wish = this.endReason;
    this.endReason = null;
    const report = wish === null ? this.listener.onCrash(how, this.lastStderr) : "";
    this.lastStderr = "";
    const why = wish ?? `it ended with ${how}`;
    const advice = ["all variables are lost, run the cells again", ...(report === "" ? [] : [report])].join("; ");
    const evalue = `the worker process was restarted (${why}); ${advice}`;
    if (cut.every(({ cell }) => cell < 0)) this.listener.onIdleDeath(evalue);
    const error: CellError = {
      ename: "WorkerRestarted",
      evalue,
      traceback: [`\u001b[31mWorkerRestarted\u001b[39m: ${evalue}`],
    };
    const directory = process.cwd();
    for (const { resolve } of cut) {
      resolve({ outcome: { status: "error", ...error }, dead: [], directory, stateLost: true });
    }
  }

  private end(running: Running, end: CellEnd): void {
    if (this.running.delete(running.cell)) running.resolve(end);
  }

  private clearTimers(): void {
    if (this.interruptedCells().length > 0) return;
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
  }
}

function interruptProcess(pid: number): void {
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // It ended meanwhile.
  }
}
