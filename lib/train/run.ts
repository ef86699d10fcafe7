/** A run: the loop around a stage's steps that reports, listens for an interrupt, saves, and leaves a record. */

import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import { ConfigError } from "../errors.js";
import { hostSignal } from "../hostSignal.js";
import type { OnProgress, Progress } from "../progress.js";
import type { Variables } from "../prompt/weights.js";
import { type RunIdentity, type RunRecord, readRecord, runId, softwareVersions, writeRecord } from "../runRecord.js";
import { hashTask } from "../task/hashExamples.js";
import type { TrainingData } from "../task/task.js";
import { removeCheckpoint, restoreCheckpoint, saveCheckpoint } from "./checkpoint.js";

/** What every stage takes beside its own options. */
export interface RunOptions {
  /** Where runs are kept, each in a folder named by its id; default: the environment variable SPTLAB_RUNS, else "runs". */
  readonly runDirectory?: string;
  /** Goes on from the checkpoint of the same run, or returns its record when it is completed; default false: starts anew. */
  readonly resume?: boolean;
  /**
   * Stops the run between two steps; the record then has `status: "stopped"`.
   * Default: the global `interruptSignal`, which the notebook kernel keeps for the running cell.
   */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Milliseconds since 1970; default Date.now. Numbers do not depend on it. */
  readonly clock?: () => number;
  /** Milliseconds between checkpoints; default 30,000. */
  readonly checkpointEveryMs?: number;
}

/** What changes while a run goes on, and so what its checkpoint holds. */
export interface RunState {
  /** Everything that a step reads and writes, by unique name. */
  readonly variables: Variables;
  /** Values so far; a step appends to them. */
  readonly curves: Record<string, (number | number[])[]>;
}

/** What a stage adds to its record; the rest is known to the run. */
export type RunResult<R extends RunRecord> = Omit<
  R,
  keyof RunIdentity | "id" | "directory" | "status" | "finishedSteps" | "versions" | "timing"
>;

interface SavedState {
  readonly step: number;
  readonly seconds: number;
  readonly startedAt: string;
  readonly curves: RunState["curves"];
}

/** Identity of a stage on some data and backbone. */
export function identify(
  kind: string,
  options: { readonly backbone: Backbone; readonly data: TrainingData; readonly seed: number; readonly config: object },
): RunIdentity {
  const { backbone, data, seed, config } = options;
  return {
    kind,
    config: { ...config },
    seed,
    dataId: data.id,
    dataHash: hashTask(data.task, data), // of these rows: a few-shot split differs from its source
    isSynthetic: data.isSynthetic,
    modelName: backbone.name,
    modelHash: backbone.hash,
    modelWeights: backbone.weightStorage,
  };
}

/** One run on disk and in memory. Use: `finishedRecord`, then `advance`, then `finish`. */
export class Run {
  readonly directory: string;
  readonly #id: string;
  readonly #clock: () => number;
  #seconds = 0;
  #startedAt: string;
  #step = 0;

  constructor(
    readonly identity: RunIdentity,
    readonly options: RunOptions,
  ) {
    this.#id = runId(identity);
    this.directory = join(options.runDirectory ?? (process.env.SPTLAB_RUNS || "runs"), this.#id);
    this.#clock = options.clock ?? Date.now;
    this.#startedAt = new Date(this.#clock()).toISOString();
  }

  get #checkpointPath(): string {
    return join(this.directory, "checkpoint.safetensors");
  }

  /** The record of the same run, when it is completed and `resume` is set. */
  async finishedRecord<R extends RunRecord>(): Promise<R | undefined> {
    if (this.options.resume !== true) return undefined;
    const record = await readRecord<R>(this.directory);
    return record?.status === "completed" ? record : undefined;
  }

  /** Does work before the steps, whose time counts; it may be stopped and report as they are. */
  async prepare<T>(work: (watch: Pick<RunOptions, "signal" | "onProgress">) => T | Promise<T>): Promise<T> {
    const { signal = hostSignal(), onProgress } = this.options;
    const start = this.#clock();
    const result = await work({ signal, onProgress });
    this.#seconds += (this.#clock() - start) / 1000;
    return result;
  }

  /**
   * Takes steps up to `totalSteps`, from the checkpoint on when `resume` is set. Saves at intervals and when stopped.
   *
   * @param takeStep  one step; returns the values to watch
   * @returns         "stopped" after an abort
   * @throws ConfigError  when a watched value is not finite: training has diverged
   */
  async advance(
    totalSteps: number,
    state: RunState,
    takeStep: (step: number) => Promise<Readonly<Record<string, number>>>,
  ): Promise<"completed" | "stopped"> {
    const { signal = hostSignal(), onProgress, checkpointEveryMs = 30_000 } = this.options;
    await this.#restore(state);
    const firstStep = this.#step;
    const secondsBefore = this.#seconds;
    const start = this.#clock();
    let savedAt = start;
    while (this.#step < totalSteps && signal?.aborted !== true) {
      const metrics = await takeStep(this.#step);
      checkFinite(metrics, this.#step);
      this.#step++;
      const now = this.#clock();
      this.#seconds = secondsBefore + (now - start) / 1000;
      onProgress?.(this.#report(totalSteps, (now - start) / 1000 / (this.#step - firstStep), metrics));
      if (now - savedAt >= checkpointEveryMs) {
        await this.#save(state);
        savedAt = now;
      }
      await new Promise((resolve) => setImmediate(resolve)); // lets an interrupt in, on devices that never yield
    }
    if (this.#step === totalSteps) return "completed";
    await this.#save(state);
    return "stopped";
  }

  /** Writes and returns the record; a completed run's checkpoint is removed. */
  async finish<R extends RunRecord>(status: "completed" | "stopped", result: RunResult<R>): Promise<R> {
    const known: Omit<RunRecord, "curves" | "metrics" | "parameterCount" | "parameterFormula"> = {
      ...this.identity,
      id: this.#id,
      directory: this.directory,
      status,
      finishedSteps: this.#step,
      versions: softwareVersions(),
      timing: { startedAt: this.#startedAt, seconds: this.#seconds },
    };
    const record = { ...known, ...result } as unknown as R;
    await writeRecord(record);
    if (status === "completed") await removeCheckpoint(this.#checkpointPath);
    return record;
  }

  async #restore(state: RunState): Promise<void> {
    if (this.options.resume !== true) return removeCheckpoint(this.#checkpointPath);
    const saved = await restoreCheckpoint<SavedState>(this.#checkpointPath, state.variables);
    if (saved === undefined) return;
    this.#step = saved.step;
    this.#seconds += saved.seconds;
    this.#startedAt = saved.startedAt;
    for (const [name, values] of Object.entries(saved.curves)) {
      state.curves[name]?.splice(0, Number.POSITIVE_INFINITY, ...values);
    }
  }

  async #save(state: RunState): Promise<void> {
    const saved: SavedState = {
      step: this.#step,
      seconds: this.#seconds,
      startedAt: this.#startedAt,
      curves: state.curves,
    };
    await saveCheckpoint(this.#checkpointPath, state.variables, saved);
  }

  #report(totalSteps: number, secondsPerStep: number, metrics: Progress["metrics"]): Progress {
    const etaSeconds = (totalSteps - this.#step) * secondsPerStep;
    return { stage: this.identity.kind, step: this.#step, totalSteps, etaSeconds, metrics };
  }
}

function checkFinite(metrics: Readonly<Record<string, number>>, step: number): void {
  const broken = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
  if (broken === undefined) return;
  const [name, value] = broken;
  throw new ConfigError(`${name} must stay finite; it became ${value} at step ${step}. Lower learningRate.`, {
    name,
    step,
  });
}
