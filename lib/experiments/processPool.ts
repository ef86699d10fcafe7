/** Processes that make the runs of a sweep, as many as the machine has room for. */

import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../errors.js";
import type { OnProgress } from "../progress.js";
import { failedResult, type SweepJob } from "./performRun.js";
import type { SweepResult } from "./results.js";
import type { FromRunProcess, ToRunProcess } from "./runProcess.js";

/** How a machine is shared out. */
export interface PoolSize {
  readonly processes: number;
  /** Of each process. */
  readonly threads: number;
}

/** What it is shared out by. */
export interface MachineFacts {
  /** Default: those that this process may use. */
  readonly cores?: number;
  /** Default: the machine's. */
  readonly memoryBytes?: number;
  /** Of the backbone in memory. */
  readonly modelBytes?: number;
  /** Where this many runs are all there is. */
  readonly runCount?: number;
  /** Fixed number of processes. */
  readonly processes?: number;
  /** Fixed number of threads of each. */
  readonly threads?: number;
  /** A graphics card serves one process. */
  readonly isGpu?: boolean;
}

/** What a process takes beside its backbone and that much again for what is computed with it: code and cached states. */
const BASE_BYTES = 1.5e9;

/**
 * One process per core where memory is enough for that: threads of one operator speed small models up less than a
 * second run does. Cores that are left over go to the processes as threads, and are never given twice.
 *
 * @throws ConfigError  when a fixed number is not a whole number from 1
 */
export function sizePool(facts: MachineFacts = {}): PoolSize {
  const { cores = availableParallelism(), memoryBytes = totalmem(), modelBytes = 0, isGpu = false } = facts;
  for (const [name, value] of Object.entries({ processes: facts.processes, threads: facts.threads })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new ConfigError(`${name} must be a whole number from 1; got ${value}. Change it.`, { [name]: value });
  }
  const room = Math.floor((0.8 * memoryBytes) / (BASE_BYTES + 3 * modelBytes));
  const most = isGpu ? 1 : Math.min(Math.floor(cores / (facts.threads ?? 1)), room, facts.runCount ?? cores);
  const processes = facts.processes ?? Math.max(1, most);
  return { processes, threads: facts.threads ?? Math.max(1, Math.floor(cores / processes)) };
}

/** Whatever makes runs: this machine's processes, or a queue to other machines. */
export interface Executor {
  /** Runs at once. */
  readonly capacity: number;
  /** Makes a run; undefined when it was stopped. */
  execute(job: SweepJob, watch: ExecuteOptions): Promise<SweepResult | undefined>;
  /** Called when the result of a run is on the disk. */
  acknowledge?(job: SweepJob): Promise<void>;
  close(): Promise<void>;
}

/** How a run is watched and stopped. */
export interface ExecuteOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Keeps a process for the next run; one that dies fails its run alone. */
export class ProcessPool implements Executor {
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();

  constructor(readonly size: PoolSize) {}

  get capacity(): number {
    return this.size.processes;
  }

  async execute(job: SweepJob, { signal, onProgress }: ExecuteOptions): Promise<SweepResult | undefined> {
    const child = this.#take();
    const tell = (message: ToRunProcess): void => void child.send(message, () => undefined); // its exit says enough
    const stop = (): void => tell({ kind: "stop" });
    let complaints = "";
    const keep = (text: Buffer): void => {
      complaints = `${complaints}${text}`.slice(-2000);
    };
    child.stderr?.on("data", keep);
    const ended = new Promise<SweepResult | undefined>((resolve) => {
      child.on("message", (message: FromRunProcess) => {
        if (message.kind === "progress") onProgress?.(message.progress);
        else resolve(message.result);
      });
      child.once("exit", (code, signalName) => {
        const how = signalName === null ? `exit code ${code}` : signalName;
        const last = complaints.trim() === "" ? "" : `\n${complaints.trim()}`;
        const error = new Error(`The process of the run ended by ${how} (SIGKILL often means: out of memory).${last}`);
        resolve(signal.aborted ? undefined : failedResult(job, error));
      });
    });
    signal.addEventListener("abort", stop, { once: true });
    tell({ kind: "run", job });
    if (signal.aborted) stop();
    const result = await ended;
    signal.removeEventListener("abort", stop);
    child.removeAllListeners("message").removeAllListeners("exit");
    child.stderr?.off("data", keep);
    if (child.connected) this.#idle.push(child);
    else this.#all.delete(child);
    return result;
  }

  /** Ends the processes. */
  async close(): Promise<void> {
    for (const child of this.#all) if (child.connected) child.disconnect();
    this.#all.clear();
    this.#idle.length = 0;
  }

  /** An idle process that is alive, or a new one. */
  #take(): ChildProcess {
    for (let child = this.#idle.pop(); child !== undefined; child = this.#idle.pop()) {
      if (child.connected) return child;
      this.#all.delete(child);
    }
    return this.#start();
  }

  #start(): ChildProcess {
    const env = { ...process.env, SPTLAB_THREADS: String(this.size.threads) };
    const child = fork(fileURLToPath(new URL("./runProcess.js", import.meta.url)), {
      env,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr?.resume();
    this.#all.add(child);
    return child;
  }
}
