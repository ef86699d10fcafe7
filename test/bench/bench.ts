/** `npm run bench [-- --only step.nano] [--rounds 15] [--json FILE]`: our step beside PyTorch's, alternating, in one run. */

import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { useDevice } from "../../lib/engine/index.js";
import { createPromptStep } from "./promptStep.js";
import { SIZES } from "./sizes.js";
import { startTorch } from "./torchPeer.js";

/** Seconds as [least, median]; null where the peer is absent. */
interface Measurement {
  readonly name: string;
  readonly ours_s: readonly [number, number];
  readonly torch_s: readonly [number, number] | null;
  readonly ratio_torch: number | null;
  readonly rss_mb: number;
  readonly torch_rss_mb: number | null;
}

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string", default: "15" }, json: { type: "string" } },
});
const names = Object.keys(SIZES).map((size) => `step.${size}`);
const chosen = values.only === undefined ? ["step.nano"] : [values.only];
for (const name of chosen) {
  if (!names.includes(name)) throw new Error(`--only must be one of ${names.join(", ")}; got "${name}".`);
}
console.log(`device ${await useDevice()}, ${availableParallelism()} threads`);
const measurements: Measurement[] = [];
for (const name of chosen) measurements.push(await measure(name, Number(values.rounds)));
for (const { name, ours_s, torch_s, ratio_torch, rss_mb, torch_rss_mb } of measurements) {
  const peer = torch_s ? `torch ${format(torch_s)}, ratio ${ratio_torch?.toFixed(3)}` : "torch is not installed here";
  console.log(
    `${name}: ours ${format(ours_s)}, ${peer}; peak MB ${rss_mb.toFixed(0)} / ${torch_rss_mb?.toFixed(0) ?? "-"}`,
  );
}
if (values.json) await writeFile(values.json, `${JSON.stringify(measurements, null, 2)}\n`);

async function measure(name: string, rounds: number): Promise<Measurement> {
  const size = SIZES[name.replace("step.", "")];
  if (!size) throw new Error(`No size belongs to "${name}".`);
  const step = createPromptStep(size);
  await step();
  const torch = await startTorch(size, availableParallelism());
  const ours: number[] = [];
  const theirs: number[] = [];
  let torchMb = 0;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await step();
    ours.push((performance.now() - start) / 1000);
    if (!torch) continue;
    const [seconds, peakMb] = await torch.step();
    theirs.push(seconds);
    torchMb = peakMb;
  }
  torch?.stop();
  const [least, middle] = summarise(ours);
  const peer = torch ? summarise(theirs) : null;
  return {
    name,
    ours_s: [least, middle],
    torch_s: peer,
    ratio_torch: peer ? middle / peer[1] : null,
    rss_mb: process.resourceUsage().maxRSS / 1024,
    torch_rss_mb: torch ? torchMb : null,
  };
}

function summarise(seconds: readonly number[]): [least: number, median: number] {
  const sorted = [...seconds].sort((a, b) => a - b);
  return [sorted[0] ?? Number.NaN, sorted[Math.floor(sorted.length / 2)] ?? Number.NaN];
}

function format([least, middle]: readonly [number, number]): string {
  return `${least.toFixed(4)} / ${middle.toFixed(4)} s`;
}
