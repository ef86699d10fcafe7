/** `sptlab doctor`: what this machine offers the library and the kernel, and what is amiss. */

import { existsSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { resolve } from "node:path";
import { getHeapStatistics } from "node:v8";
import type { Command } from "commander";
import type { DeviceState, Speed } from "../../lib/doctor.js";
import { findSnapshot } from "../compiler/snapshot.js";
import { findKernelspec, type KernelspecState } from "./kernelspecState.js";

/** What was found; `--json` prints it as it is. */
export interface Diagnosis {
  /** Whether the chosen device computes. */
  readonly isWorking: boolean;
  readonly node: { readonly version: string; readonly platform: string; readonly cores: number };
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number; readonly heapLimitBytes: number };
  readonly devices: readonly DeviceState[];
  /** The device that SPTLAB_DEVICE and this machine lead to; null when it does not load. */
  readonly device: string | null;
  readonly folders: { readonly models: string; readonly runs: string };
  readonly kernelspec: KernelspecState;
  /** The compiler snapshot that kernels of this build start from; null when none fits and they start more slowly. */
  readonly snapshot: string | null;
  /** Environment variables of ours and of the Hugging Face cache that are set; tokens are hidden. */
  readonly settings: Readonly<Record<string, string>>;
  /** Null when it was skipped or failed. */
  readonly speed: Speed | null;
  /** What went wrong; null when nothing did. */
  readonly problem: string | null;
}

/** Adds the command. */
export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description("report devices, memory, caches, kernelspec and settings, and measure the speed for about 5 seconds")
    .option("--json", "print one JSON object instead", false)
    .action(async ({ json }: { json: boolean }) => {
      const diagnosis = await diagnose(json ? () => undefined : console.log);
      if (json) console.log(JSON.stringify(diagnosis, null, 2));
      if (!diagnosis.isWorking) process.exitCode = 1;
    });
}

/** Examines this machine; `print` gets each line as soon as it is known, so that a crash shows where it happened. */
export async function diagnose(print: (line: string) => void): Promise<Diagnosis> {
  const node = {
    version: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
  };
  print(`Node        ${node.version}, ${node.platform}, ${node.cores} cores`);
  const memory = {
    totalBytes: totalmem(),
    freeBytes: freemem(),
    heapLimitBytes: getHeapStatistics().heap_size_limit,
  };
  print(
    `memory      ${gigabytes(memory.freeBytes)} free of ${gigabytes(memory.totalBytes)}; JavaScript objects may take ` +
      `${gigabytes(memory.heapLimitBytes)} (tensors are outside)`,
  );
  const { examineDevices, measureSpeed } = await import("../../lib/doctor.js");
  const { hubCacheDirectory } = await import("../../lib/hub/index.js");
  const { useDevice } = await import("../../lib/engine/index.js");
  const folders = { models: hubCacheDirectory(process.env), runs: resolve("runs") };
  print(`models      ${folders.models}${existsSync(folders.models) ? "" : " (not there yet)"}`);
  print(`runs        ${folders.runs}${existsSync(folders.runs) ? "" : " (not there yet)"}`);
  const kernelspec = await findKernelspec();
  print(`kernelspec  ${[kernelspec.state, kernelspec.path, kernelspec.advice].filter(Boolean).join("; ")}`);
  const snapshot = findSnapshot();
  print(`snapshot    ${snapshot ?? "none that fits: kernels start more slowly. Run `sptlab install`."}`);
  const settings = readSettings();
  print(
    `settings    ${
      Object.entries(settings)
        .map((pair) => pair.join("="))
        .join(" ") || "none"
    }`,
  );
  const devices: DeviceState[] = [];
  for await (const device of examineDevices()) {
    devices.push(device);
    const { name, isAvailable, reason, advice } = device;
    const details = [reason, advice].filter(Boolean).join(". ");
    print(`  ${isAvailable ? "yes" : "no "} ${name.padEnd(15)} ${details}`);
  }
  const common = { node, memory, devices, folders, kernelspec, snapshot, settings };
  let device: string | null = null;
  try {
    device = await useDevice();
    print(`device      ${device}`);
    const speed = await measureSpeed();
    const [texts, tokens] = speed.batch;
    print(
      `speed       ${speed.gflops.toFixed(1)} GFLOP/s in a product of ${speed.matmulSize} × ${speed.matmulSize} matrices`,
    );
    print(`            ${speed.forwardMs.toFixed(1)} ms for ${texts} × ${tokens} tokens through ${speed.model}`);
    return { isWorking: true, ...common, device, speed, problem: null };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    print(`problem     ${problem}`);
    return { isWorking: false, ...common, device, speed: null, problem };
  }
}

function readSettings(): Record<string, string> {
  const ours = Object.entries(process.env).filter(([name]) => /^(SPTLAB_|HF_|XDG_CACHE_HOME$|JUPYTER_)/.test(name));
  return Object.fromEntries(ours.map(([name, value = ""]) => [name, /TOKEN/.test(name) ? "(set)" : value]));
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
