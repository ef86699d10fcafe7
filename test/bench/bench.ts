/**
 * `npm run bench [-- --only step.nano] [--rounds 15] [--json FILE]`: our programs beside PyTorch's, tfjs-wasm (at nano) and
 * bare matrix products, each in a process of its own, alternating, in one run.
 */

import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { tryDevice } from "../../lib/engine/device.js";
import { type Peer, startOurs, startTorch } from "./peer.js";
import { PROGRAMS } from "./programs.js";
import { SIZES } from "./sizes.js";

/** Seconds as [least, median]; null where the peer is absent. Ratios and shares are of medians. */
interface Measurement {
  readonly name: string;
  readonly ours_s: Seconds;
  readonly torch_s: Seconds | null;
  readonly ratio_torch: number | null;
  /** Our time over that of tfjs-wasm. */
  readonly ratio_wasm: number | null;
  /** Time of bare products with as many operations over our time; of single steps only. */
  readonly gemm_share: number | null;
  readonly rss_mb: number;
  readonly torch_rss_mb: number | null;
}

type Seconds = readonly [least: number, median: number];

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, rounds: { type: "string" }, json: { type: "string" } },
});
const names = Object.keys(SIZES).flatMap((size) =>
  Object.keys(PROGRAMS)
    .filter((program) => program !== "epoch" || size === "base")
    .map((program) => `${program}.${size}`),
);
const unknown = values.only?.find((name) => !names.includes(name));
if (unknown !== undefined) throw new Error(`--only must be one of ${names.join(", ")}; got "${unknown}".`);
const device = process.env.SPTLAB_DEVICE ?? "onnx";
const threads = Number(process.env.SPTLAB_THREADS ?? availableParallelism());
const hasWasm = (await tryDevice("wasm")) === null;
console.log(`device ${device}, ${threads} threads${hasWasm ? "" : "; the wasm backend does not load here"}`);
console.log(
  "| program | ours (s, least / median) | torch (s) | ours / torch | wasm / ours | GEMM share | peak MB, ours / torch |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
const measurements: Measurement[] = [];
for (const name of values.only ?? names) {
  const measurement = await measure(name);
  measurements.push(measurement);
  console.log(tableRow(measurement));
}
if (measurements.some(({ torch_s }) => torch_s === null)) {
  console.log("PyTorch was not found: install python3-torch, or name a Python that has it by SPTLAB_PYTHON.");
}
if (values.json) await writeFile(values.json, `${JSON.stringify(measurements, null, 2)}\n`);

async function measure(name: string): Promise<Measurement> {
  const [program = "", sizeName = ""] = name.split(".");
  const size = SIZES[sizeName];
  if (size === undefined) throw new Error(`No size belongs to "${name}".`);
  const ours = await startOurs(device, program, sizeName);
  const gemm = program === "epoch" ? null : await startOurs(device, "gemm", sizeName, ours.greeting as number);
  const torch = await startTorch(program, size, threads);
  const wasm = sizeName === "nano" && hasWasm ? await startOurs("wasm", program, sizeName) : null;
  const times = { ours: [] as number[], gemm: [] as number[], torch: [] as number[], wasm: [] as number[] };
  const peaks = { ours: 0, torch: 0 };
  const rounds = Number(values.rounds ?? size.rounds);
  const take = async (peer: Peer | null, list: number[]): Promise<number> => {
    if (peer === null) return 0;
    const [seconds, peakMb] = await peer.repeat();
    list.push(seconds);
    return peakMb;
  };
  for (let round = 0; round < rounds; round++) {
    peaks.ours = await take(ours, times.ours);
    peaks.torch = await take(torch, times.torch);
    await take(gemm, times.gemm);
    if (round < 3) await take(wasm, times.wasm); // a hundred times slower
  }
  for (const peer of [ours, gemm, torch, wasm]) peer?.stop();
  const [ours_s, torch_s] = [summarise(times.ours), torch ? summarise(times.torch) : null];
  return {
    name,
    ours_s,
    torch_s,
    ratio_torch: torch_s ? ours_s[1] / torch_s[1] : null,
    ratio_wasm: wasm ? ours_s[1] / summarise(times.wasm)[1] : null,
    gemm_share: gemm ? summarise(times.gemm)[1] / ours_s[1] : null,
    rss_mb: peaks.ours,
    torch_rss_mb: torch ? peaks.torch : null,
  };
}

function summarise(seconds: readonly number[]): Seconds {
  const sorted = [...seconds].sort((a, b) => a - b);
  return [sorted[0] ?? Number.NaN, sorted[Math.floor(sorted.length / 2)] ?? Number.NaN];
}

function tableRow({
  name,
  ours_s,
  torch_s,
  ratio_torch,
  ratio_wasm,
  gemm_share,
  rss_mb,
  torch_rss_mb,
}: Measurement): string {
  const seconds = (pair: Seconds | null): string => pair?.map((value) => value.toFixed(4)).join(" / ") ?? "–";
  const cells = [
    name,
    seconds(ours_s),
    seconds(torch_s),
    ratio_torch?.toFixed(3) ?? "–",
    ratio_wasm === null ? "–" : `${(1 / ratio_wasm).toFixed(0)}×`,
    gemm_share?.toFixed(2) ?? "–",
    `${rss_mb.toFixed(0)} / ${torch_rss_mb?.toFixed(0) ?? "–"}`,
  ];
  return `| ${cells.join(" | ")} |`;
}
