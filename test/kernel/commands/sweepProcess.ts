/** `sptlab sweep` and `sptlab worker` as processes of their own, as users start them. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { vi } from "vitest";
import { readResults, type SweepResult } from "../../../lib/experiments/results.js";

/** A started command, and what it has printed. */
export interface Started {
  readonly child: ChildProcess;
  readonly output: { text: string };
  /** Exit status, or the name of the signal. */
  readonly end: Promise<number | string>;
}

/** Starts `sptlab <args>` in `folder`. */
export function start(folder: string, ...args: string[]): Started {
  const env = { ...process.env, SPTLAB_THREADS: "1", SPTLAB_DEVICE: "onnx" };
  const child = spawn(process.execPath, [resolve("dist/kernel/cli.js"), ...args], { cwd: folder, env });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (data: Buffer) => {
      output.text += data.toString();
    });
  }
  const end = new Promise<number | string>((done) => child.on("exit", (code, signal) => done(code ?? signal ?? "")));
  return { child, output, end };
}

/** Few examples, few steps: what a run costs is mostly the start of its process. */
const small = {
  name: "small",
  output: "out",
  tasks: ["sample/sst2"],
  methods: ["bitfit"],
  trainSizes: [32],
  settings: { steps: 2, batchSize: 2, maxLength: 16, evaluateEvery: 1000, activationCacheMb: 0 },
  checkpointSeconds: 0.2,
};

/** Writes a spec with `changes` to `spec.json` of `folder`. */
export async function writeSpec(folder: string, changes: Record<string, unknown>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const settings = { ...small.settings, ...(changes.settings as object) };
  await writeFile(join(folder, "spec.json"), JSON.stringify({ ...small, ...changes, settings }));
}

/** The results so far. */
export function resultsIn(folder: string): SweepResult[] {
  return readResults(join(folder, "out", "results.jsonl"));
}

/** Lines of the results file. */
export async function linesIn(folder: string): Promise<string[]> {
  return (await readFile(join(folder, "out", "results.jsonl"), "utf8")).trimEnd().split("\n");
}

/** Resolves when `test` is true, which is looked up 20 times a second. */
export async function until(test: () => boolean, what: string): Promise<void> {
  await vi.waitFor(
    () => {
      if (!test()) throw new Error(`waited in vain for ${what}`);
    },
    { timeout: 50_000, interval: 50 },
  );
}
