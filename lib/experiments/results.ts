/** Results of a sweep: one JSON line per run in a file that only grows, so that a crash can lose no finished run. */

import { constants, existsSync, readFileSync } from "node:fs";
import { type FileHandle, mkdir, open, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { ConfigError, DataError } from "../errors.js";
import type { PlannedRun } from "./plan.js";

/** What came out of a run, with what is needed to make it again. */
export interface SweepResult extends PlannedRun {
  readonly status: "completed" | "failed";
  /** The model, as the spec names it. */
  readonly model: string;
  readonly isSynthetic?: boolean;
  readonly modelWeights?: string;
  readonly versions?: Readonly<Record<string, string>>;
  readonly startedAt?: string;
  /** Computing time of all stages, over all resumptions */
  readonly seconds?: number;
  /** Numbers that were trained. */
  readonly parameterCount?: number;
  /** Prompt layers, where the method has them. */
  readonly layers?: readonly number[];
  /** The task's metric, which `dev` is. */
  readonly metric?: "accuracy" | "f1";
  /** Score on dev of the weights that were kept. */
  readonly dev?: number;
  /** Of report runs. */
  readonly test?: TestResult;
  /** Ids of the records of search, training and evaluation. */
  readonly records?: Readonly<Record<string, string>>;
  /** Of a failed run. */
  readonly error?: { readonly name: string; readonly message: string };
}

/** Scores and predictions on the test rows: a character for each row, its class in base 36. */
export interface TestResult {
  readonly metrics: Readonly<Record<string, number>>;
  readonly predictions: string;
  readonly labels: string;
}

/** Classes as a string, a character each. */
export function encodeClasses(classes: readonly number[]): string {
  return classes.map((value) => value.toString(36)).join("");
}

/** Classes of such a string. */
export function decodeClasses(text: string): number[] {
  return [...text].map((character) => Number.parseInt(character, 36));
}

/**
 * Results in a file, the last of each id. A line that a crash has cut short is passed over.
 *
 * @throws DataError  when another line is not a result
 */
export function readResults(path: string): SweepResult[] {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  const results = lines.map((line, i): SweepResult => {
    try {
      const result = JSON.parse(line) as SweepResult;
      if (typeof result.id === "string" && typeof result.status === "string") return result;
    } catch {
      // Refused below, as every other line that is no result.
    }
    throw new DataError(
      `${path}, line ${i + 1}: must be the JSON of a result; got ${JSON.stringify(line.slice(0, 60))}. Remove that line.`,
      { path, line: i + 1 },
    );
  });
  return [...new Map(results.map((result) => [result.id, result])).values()];
}

/** A results file that this process alone adds to. */
export class ResultsFile {
  readonly #results: Map<string, SweepResult>;
  /** The end of the last write: lines are written one after the other. */
  #written: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    results: readonly SweepResult[],
  ) {
    this.#results = new Map(results.map((result) => [result.id, result]));
  }

  /**
   * Opens a file, or makes it; removes a line that a crash has cut short.
   *
   * @param options.forgets  results that do not count, so that their runs are made again
   * @throws ConfigError  when another process has it open
   * @throws DataError    when a line is not a result
   */
  static async open(
    path: string,
    { forgets = () => false }: { readonly forgets?: (result: SweepResult) => boolean } = {},
  ): Promise<ResultsFile> {
    await mkdir(dirname(path), { recursive: true });
    await lock(path);
    try {
      const results = readResults(path).filter((result) => !forgets(result));
      const file = await open(path, constants.O_CREAT | constants.O_RDWR | constants.O_APPEND);
      const bytes = await file.readFile();
      await file.truncate(bytes.lastIndexOf("\n") + 1);
      return new ResultsFile(path, file, results);
    } catch (error) {
      await rm(lockPath(path), { force: true });
      throw error;
    }
  }

  /** By run id. */
  get results(): ReadonlyMap<string, SweepResult> {
    return this.#results;
  }

  /** Adds a line, which is on the disk when this resolves; a run that has a result keeps it. */
  async append(result: SweepResult): Promise<void> {
    if (this.#results.has(result.id)) return;
    this.#results.set(result.id, result);
    this.#written = this.#written.then(async () => {
      await this.file.appendFile(`${JSON.stringify(result)}\n`);
      await this.file.sync();
    });
    await this.#written;
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(lockPath(this.path), { force: true });
  }
}

function lockPath(path: string): string {
  return `${path}.lock`;
}

/** Holds the file for this process; a lock whose process has ended is taken over. */
async function lock(path: string): Promise<void> {
  const mine = JSON.stringify({ host: hostname(), process: process.pid });
  try {
    return await writeFile(lockPath(path), mine, { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    const owner = readFileSync(lockPath(path), "utf8");
    if (isGone(owner)) return writeFile(lockPath(path), mine);
    throw new ConfigError(
      `${path} must belong to one sweep at a time; ${owner} has it open. Wait for that process, or remove ` +
        `${lockPath(path)} when it has ended.`,
      { path, owner },
      { cause },
    );
  }
}

function isGone(owner: string): boolean {
  try {
    const { host, process: id } = JSON.parse(owner) as { readonly host: string; readonly process: number };
    if (host !== hostname()) return false;
    process.kill(id, 0);
    return false;
  } catch (error) {
    return error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
