/** PyTorch in a process of its own, asked for one step at a time, so that its steps and ours alternate. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { BenchSize } from "./sizes.js";

const PROGRAM = new URL("../../../test/bench/prompt_step.py", import.meta.url).pathname;

/** A PyTorch that has taken its first step. */
export interface TorchPeer {
  /** Runs one step: its seconds, and the process's peak resident memory so far in MB. */
  step(): Promise<readonly [seconds: number, peakMb: number]>;
  stop(): void;
}

/** Starts PyTorch on a size; null when no Python with torch is at hand (SPTLAB_PYTHON names one). */
export async function startTorch(size: BenchSize, threads: number): Promise<TorchPeer | null> {
  const candidates = [process.env.SPTLAB_PYTHON ?? "python3", "/usr/bin/python3"];
  const python = candidates.find((path) => spawnSync(path, ["-c", "import torch"], { stdio: "ignore" }).status === 0);
  if (python === undefined) return null;
  const child: ChildProcess = spawn(python, [PROGRAM, JSON.stringify(size), String(threads)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (!child.stdout || !child.stdin) throw new Error("The PyTorch process has no pipes.");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async step() {
      child.stdin?.write("step\n");
      return JSON.parse((await lines.next()).value) as [number, number];
    },
    stop: () => child.kill(),
  };
}
