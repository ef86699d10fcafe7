/**
 * `npm run bench:kernel [-- --rounds 5] [--repeats 30] [--only sptlab] [--json FILE]`: this kernel beside ipykernel, each
 * started anew in every round, alternating, in one run.
 */

import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { prepareCompiler } from "../../kernel/compiler/prepare.js";
import { findSnapshot } from "../../kernel/compiler/snapshot.js";
import { IPYKERNEL, type KernelPeer, METRICS, type Metric, measureKernel, type Samples, SPTLAB } from "./kernelPeer.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    repeats: { type: "string", default: "30" },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const peers = [SPTLAB, IPYKERNEL].filter(({ name }) => values.only === undefined || values.only === name);
if (peers.length === 0) throw new Error(`--only must be sptlab or ipykernel; got "${values.only}".`);
const installed = peers.filter(isInstalled);
if (installed.length < peers.length) {
  console.log("ipykernel was not found: install python3-ipykernel, or name a Python that has it by SPTLAB_PYTHON.");
}

if (findSnapshot() === null) prepareCompiler(); // as `sptlab install` does
const taken = new Map(installed.map((peer) => [peer, emptySamples()]));
console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.versions.node}`);
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [peer, samples] of taken) await measureKernel(peer, Number(values.repeats), samples);
}

const names = installed.map(({ name }) => `${name}, median (least)`);
console.log(`| what | ${[...names, "goal"].join(" | ")} |`);
console.log(`| --- | ${[...names, ""].map(() => "---").join(" | ")} |`);
for (const metric of Object.keys(METRICS) as Metric[]) {
  const cells = [...taken.values()].map((samples) => {
    const { median, least } = summary(samples[metric]);
    return `${median.toFixed(1)} (${least.toFixed(1)})`;
  });
  console.log(`| ${metric} | ${[...cells, METRICS[metric] ?? "–"].join(" | ")} |`);
}
if (values.json) {
  const report = Object.fromEntries([...taken].map(([peer, samples]) => [peer.name, samples]));
  await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

function isInstalled({ command }: KernelPeer): boolean {
  const [python] = command ?? [];
  if (python === undefined) return true;
  try {
    execFileSync(python, ["-c", "import ipykernel"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function emptySamples(): Samples {
  return Object.fromEntries(Object.keys(METRICS).map((metric) => [metric, []])) as unknown as Samples;
}

function summary(samples: readonly number[]): { readonly median: number; readonly least: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, least: sorted[0] ?? Number.NaN };
}
