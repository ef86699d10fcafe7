/** Programs in processes of their own, asked for one repetition at a time, so that theirs and ours alternate. */

import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type BenchSize, lateLayers, textLengths } from "./sizes.js";

/** A process that has run its program once. */
export interface Peer {
  /** What it printed first. */
  readonly greeting: unknown;
  /** Runs once: seconds, and the process's peak resident memory so far in MB. */
  repeat(): Promise<readonly [seconds: number, peakMb: number]>;
  stop(): void;
}

/** Our program on a device; with "gemm", `flops` says how much. */
export function startOurs(device: string, ...words: readonly (string | number)[]): Promise<Peer> {
  const serve = fileURLToPath(new URL("serve.js", import.meta.url));
  return start(process.execPath, [serve, ...words.map(String)], { SPTLAB_DEVICE: device });
}

/** PyTorch on the equivalent program; null when no Python with torch is at hand (SPTLAB_PYTHON names one). */
export async function startTorch(program: string, size: BenchSize, threads: number): Promise<Peer | null> {
  const candidates = [process.env.SPTLAB_PYTHON ?? "python3", "/usr/bin/python3"];
  const python = candidates.find((path) => spawnSync(path, ["-c", "import torch"], { stdio: "ignore" }).status === 0);
  if (python === undefined) return null;
  const script = fileURLToPath(new URL("../../../test/bench/torch_programs.py", import.meta.url));
  return start(
    python,
    [
      script,
      program,
      JSON.stringify({ ...size, lateLayers: lateLayers(size), textLengths: textLengths(size), threads }),
    ],
    {},
  );
}

async function start(command: string, words: readonly string[], env: Readonly<Record<string, string>>): Promise<Peer> {
  const child = spawn(command, words, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${words.join(" ")} ended before it answered; see above.`);
    return JSON.parse(value);
  };
  return {
    greeting: await next(),
    async repeat() {
      child.stdin.write("once\n");
      return (await next()) as [number, number];
    },
    stop: () => child.kill(),
  };
}
