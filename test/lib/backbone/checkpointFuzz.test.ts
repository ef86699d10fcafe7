import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TensorSource } from "../../../lib/backbone/checkpoint.js";
import { readSafetensors, sizeOf } from "../../../lib/backbone/safetensors.js";
import { readTorchCheckpoint } from "../../../lib/backbone/torchCheckpoint.js";
import { CheckpointError } from "../../../lib/errors.js";
import { createRandom, type Random } from "../../../lib/random.js";
import { dictionary, legacy, safetensors, tensor, zip } from "./handMadeCheckpoint.js";

const CASES = 800;
const HEADER = JSON.stringify({
  __metadata__: { format: "pt" },
  "a.weight": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
  "a.bias": { dtype: "F16", shape: [4], data_offsets: [24, 32] },
  "b.weight": { dtype: "BF16", shape: [2, 2, 1], data_offsets: [32, 40] },
  empty: { dtype: "F64", shape: [0, 7], data_offsets: [40, 40] },
  scale: { dtype: "F64", shape: [], data_offsets: [40, 48] },
});
const STATE = dictionary(
  ["whole", tensor(0, [2, 3], [3, 1])],
  ["transposed", tensor(0, [3, 2], [1, 3])],
  ["column", tensor(1, [2], [3])],
);
const VALUES = Buffer.from(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);
const ARCHIVE = zip({ "m/data.pkl": STATE, "m/version": Buffer.from("3\n"), "m/data/7": VALUES });

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-fuzz-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Bytes at which sizes and opcodes turn: none, sign bits, all ones, and what pickles and JSON are made of. */
const HOSTILE_BYTES = [0, 1, 0x7f, 0x80, 0xff, ...Buffer.from('()[]{}",:.0Rtehjqu\\PK'), 0x85, 0x86, 0x94, 0x8a];
const HOSTILE_NUMBERS = [
  "-1",
  "0.5",
  "1e400",
  "1152921504606846976",
  "9007199254740991",
  "null",
  '"1"',
  "[]",
  "{}",
  "0",
];

/** One to four random changes: bytes set, sizes of all ones, parts cut out, doubled, moved, or the end cut off. */
function mutate(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original);
  for (let left = 1 + random.integer(4); left > 0 && bytes.length > 0; left--) {
    const at = random.integer(bytes.length);
    const length = Math.min(1 + random.integer(16), bytes.length - at);
    const part = bytes.subarray(at, at + length);
    switch (random.integer(7)) {
      case 0:
        bytes[at] = random.integer(256);
        break;
      case 1:
        bytes[at] = HOSTILE_BYTES[random.integer(HOSTILE_BYTES.length)] ?? 0;
        break;
      case 2:
        bytes.fill(random.integer(2) * 255, at, at + length);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
        break;
      case 5:
        Buffer.from(part).copy(bytes, random.integer(bytes.length));
        break;
      default:
        if (random.integer(4) === 0) bytes = bytes.subarray(0, at);
        else bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
    }
  }
  return bytes;
}

/** A header in which one to three numbers, names or entries are replaced or doubled; the data stays. */
function mutateHeader(random: Random): Buffer {
  let header = HEADER;
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const pick = <T>(items: readonly T[], otherwise: T): T => items[random.integer(items.length)] ?? otherwise;
    const replace = (pattern: RegExp, by: (found: string) => string): void => {
      const chosen = pick([...header.matchAll(pattern)], undefined);
      if (chosen?.index === undefined) return;
      header = header.slice(0, chosen.index) + by(chosen[0]) + header.slice(chosen.index + chosen[0].length);
    };
    switch (random.integer(5)) {
      case 0:
        replace(/\d+(?=[,\]])/g, () => pick(HOSTILE_NUMBERS, "0"));
        break;
      case 1:
        replace(/\d+(?=[,\]])/g, () => String(random.integer(60)));
        break;
      case 2:
        replace(/"(F32|F16|BF16|F64)"/g, () => pick(['"F32"', '"F16"', '"I64"', '"BOOL"', '"F8"', "7"], ""));
        break;
      case 3:
        replace(/"[\w.]+":/g, () => pick(['"a.bias":', '"shape":', '"__proto__":', '"a.\\u0062ias":', '"":'], ""));
        break;
      default:
        replace(/"[\w.]+":\{[^{}]*\},?/g, (entry) => pick([entry + entry, "", `${entry.slice(0, -1)},`], ""));
    }
  }
  return safetensors(header, 48);
}

/** Reads every tensor of every case; what is no CheckpointError, and values that do not fill their shape, fail the test. */
async function feed(
  open: (path: string) => Promise<TensorSource>,
  cases: (random: Random) => Buffer,
  seed: number,
): Promise<{ loaded: number; refused: number }> {
  const random = createRandom(seed);
  const path = join(folder, `case-${seed}`);
  const counts = { loaded: 0, refused: 0 };
  for (let index = 0; index < CASES; index++) {
    const bytes = cases(random);
    writeFileSync(path, bytes);
    try {
      const source = await open(path);
      for (const name of source.names) expect(source.readFloats(name)).toHaveLength(sizeOf(source.shape(name)));
      counts.loaded += 1;
    } catch (error) {
      if (!(error instanceof CheckpointError)) {
        throw new Error(`case ${index} of seed ${seed}: ${bytes.toString("base64")}`, { cause: error });
      }
      counts.refused += 1;
    }
  }
  return counts;
}

describe("a damaged or hostile checkpoint is read or refused, and nothing else happens", () => {
  it.each([
    ["safetensors, bytes", readSafetensors, (random: Random) => mutate(safetensors(HEADER, 48), random), 1],
    ["safetensors, header", readSafetensors, mutateHeader, 2],
    ["PyTorch archive", readTorchCheckpoint, (random: Random) => mutate(ARCHIVE, random), 3],
    ["PyTorch before 1.6", readTorchCheckpoint, (random: Random) => mutate(Buffer.from(legacy(STATE)), random), 4],
    [
      "PyTorch archive, pickle",
      readTorchCheckpoint,
      (random: Random) => zip({ "m/data.pkl": mutate(STATE, random), "m/data/7": VALUES }),
      5,
    ],
  ])("%s", async (_name, open, cases, seed) => {
    const { loaded, refused } = await feed(open, cases, seed);
    expect(loaded + refused).toBe(CASES);
    // Both happen often, or the changes would be too harsh or too mild to find anything.
    expect(loaded).toBeGreaterThan(CASES / 50);
    expect(refused).toBeGreaterThan(CASES / 4);
  });

  it("reads what the cases are made from", async () => {
    const sources: [Buffer, (path: string) => Promise<TensorSource>][] = [
      [safetensors(HEADER, 48), readSafetensors],
      [ARCHIVE, readTorchCheckpoint],
      [Buffer.from(legacy(STATE)), readTorchCheckpoint],
    ];
    for (const [bytes, open] of sources) {
      const path = join(folder, "whole");
      writeFileSync(path, bytes);
      const source = await open(path);
      expect(source.names.map((name) => source.readFloats(name).length)).toEqual(
        source.names.map((name) => sizeOf(source.shape(name))),
      );
    }
  });
});
