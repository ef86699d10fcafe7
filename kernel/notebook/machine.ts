/** The type of this machine: what decides whether numbers that are computed again must be equal to the last bit. */

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { threadCount } from "../../lib/engine/onnx/threads.js";

/** Facts by name; nothing that names the machine's owner or its folders. */
export type Machine = Readonly<Record<string, string>>;

/**
 * Describes this machine by what may change the last bits of a number: engines choose their code, and so the order in which
 * they add, by the processor's vector instructions; threads and graphics cards split sums; other versions do it otherwise.
 */
export async function describeMachine(): Promise<Machine> {
  const require = createRequire(import.meta.url);
  const version = (name: string): string => (require(`${name}/package.json`) as { version: string }).version;
  return {
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    "vector instructions": await vectorInstructions(),
    threads: String(threadCount()),
    "graphics cards": await graphicsCards(),
    node: process.versions.node,
    tfjs: version("@tensorflow/tfjs"),
    onnxruntime: version("onnxruntime-node"),
  };
}

/** How two machines differ: a phrase for each difference, none for machines of the same type. */
export function machineDifferences(then: Machine, now: Machine): string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  const differing = names.filter((name) => then[name] !== now[name]);
  return differing.map((name) => `${name}: ${then[name] ?? "unknown"} then, ${now[name] ?? "unknown"} here`);
}

/** As Linux tells them: virtual machines give processors of different generations the same name. */
async function vectorInstructions(): Promise<string> {
  if (!existsSync("/proc/cpuinfo")) return "unknown";
  const [, flags = ""] = /^(?:flags|Features)\s*:(.*)$/m.exec(await readFile("/proc/cpuinfo", "utf8")) ?? [];
  const isVector = (flag: string): boolean => /^(sse|avx|fma|f16c|amx|asimd|sve|i8mm|bf16)/.test(flag);
  return flags.split(" ").filter(isVector).sort().join(" ");
}

/** Models of NVIDIA cards, where Linux tells them. */
async function graphicsCards(): Promise<string> {
  const folder = "/proc/driver/nvidia/gpus";
  const cards = existsSync(folder) ? await readdir(folder) : [];
  const texts = await Promise.all(cards.sort().map((card) => readFile(join(folder, card, "information"), "utf8")));
  return texts.map((text) => /^Model:\s*(.+)$/m.exec(text)?.[1] ?? "unknown").join(", ") || "none";
}
