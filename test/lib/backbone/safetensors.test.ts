import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../../lib/backbone/safetensors.js";
import { narrowToFloat16, widenBfloat16, widenFloat16 } from "../../../lib/engine/halfPrecision.js";
import { CheckpointError } from "../../../lib/errors.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a file by hand: header text, then `dataBytes` zero bytes. */
async function handMade(name: string, header: string, dataBytes: number): Promise<string> {
  const path = join(folder, name);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  await writeFile(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]));
  return path;
}

describe("half precision", () => {
  it("widens every kind of float16 exactly", () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x8000, 0x7c00, 0xfc00, 0x3555);
    expect([...widenFloat16(bits)]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0.333251953125,
    ]);
    expect(widenFloat16(Uint16Array.of(0x7e00))[0]).toBeNaN();
  });

  it("returns every float16 bit pattern unchanged from widening and narrowing", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7fff) <= 0x7c00);
    expect(narrowToFloat16(widenFloat16(bits))).toEqual(bits);
  });

  it("rounds to the nearest float16, ties to even, and overflows to infinity", () => {
    const cases: [number, number][] = [
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [1 + 2 ** -11 + 2 ** -20, 0x3c01],
      [2 ** -25, 0x0000],
      [2 ** -25 * 1.5, 0x0001],
      [1023.75 * 2 ** -24, 0x0400],
      [65519, 0x7bff],
      [65520, 0x7c00],
      [-70000, 0xfc00],
      [Number.NaN, 0x7e00],
    ];
    expect([...narrowToFloat16(Float32Array.from(cases, ([value]) => value))]).toEqual(cases.map(([, bits]) => bits));
  });

  it("widens bfloat16 as the upper half of a float32", () => {
    expect([...widenBfloat16(Uint16Array.of(0x3f80, 0xc040, 0x0000, 0x4049))]).toEqual([1, -3, 0, 3.140625]);
  });
});

describe("safetensors", () => {
  it("writes and reads back every dtype, shape and the metadata", async () => {
    const path = join(folder, "round-trip.safetensors");
    await writeSafetensors(
      path,
      {
        halves: { shape: [3], values: Float32Array.of(0.5, -2, 65504), dtype: "F16" },
        floats: { shape: [2, 2], values: Float32Array.of(0.1, 1e-40, -3e38, 7) },
        longs: { shape: [2, 1], values: Int32Array.of(-1, 2147483647), dtype: "I64" },
        integers: { shape: [2], values: Int32Array.of(-2147483648, 5) },
        empty: { shape: [0, 4], values: new Float32Array() },
        scalar: { shape: [], values: Float32Array.of(9) },
      },
      { format: "pt", note: "ünï" },
    );
    const file = await readSafetensors(path);
    expect(file.metadata).toEqual({ format: "pt", note: "ünï" });
    expect([...file.names].sort()).toEqual(["empty", "floats", "halves", "integers", "longs", "scalar"]);
    expect(file.read("floats")).toEqual(Float32Array.of(0.1, 1e-40, -3e38, 7));
    expect(file.read("halves")).toEqual(Float32Array.of(0.5, -2, 65504));
    expect(file.read("longs")).toEqual(Int32Array.of(-1, 2147483647));
    expect(file.read("integers")).toEqual(Int32Array.of(-2147483648, 5));
    expect(file.read("scalar")).toEqual(Float32Array.of(9));
    expect(file.read("empty")).toHaveLength(0);
    expect(["floats", "halves", "longs", "integers"].map(file.dtype)).toEqual(["F32", "F16", "I64", "I32"]);
    expect(["floats", "longs", "scalar"].map(file.shape)).toEqual([[2, 2], [2, 1], []]);
    expect((await readdir(folder)).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it("aligns each tensor to the width of its dtype", async () => {
    const path = join(folder, "aligned.safetensors");
    await writeSafetensors(path, {
      a: { shape: [1], values: Float32Array.of(1), dtype: "F16" },
      b: { shape: [1], values: Int32Array.of(1), dtype: "I64" },
      c: { shape: [1], values: Float32Array.of(1) },
    });
    const bytes = await readFile(path);
    expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
    expect((await readSafetensors(path)).names).toEqual(["b", "c", "a"]);
  });

  it("reads F64, BF16, U8 and BOOL", async () => {
    const header = JSON.stringify({
      d: { dtype: "F64", shape: [1], data_offsets: [0, 8] },
      b: { dtype: "BF16", shape: [1], data_offsets: [8, 10] },
      u: { dtype: "U8", shape: [1], data_offsets: [10, 11] },
      t: { dtype: "BOOL", shape: [1], data_offsets: [11, 12] },
    });
    const path = await handMade("small.safetensors", header, 12);
    const bytes = await readFile(path);
    bytes.writeDoubleLE(1 / 3, bytes.length - 12);
    bytes.writeUInt16LE(0x4049, bytes.length - 4);
    bytes.set([255, 1], bytes.length - 2);
    await writeFile(path, bytes);
    const file = await readSafetensors(path);
    expect(file.read("d")).toEqual(Float32Array.of(1 / 3));
    expect(file.read("b")).toEqual(Float32Array.of(3.140625));
    expect(file.read("u")).toEqual(Int32Array.of(255));
    expect(file.read("t")).toEqual(Int32Array.of(1));
  });

  it.each([
    ["overlap", { a: ["F32", [2], [0, 8]], b: ["F32", [1], [4, 8]] }, 8, /"b" starts at byte 4/],
    ["gap", { a: ["F32", [1], [0, 4]], b: ["F32", [1], [8, 12]] }, 12, /"b" starts at byte 8/],
    ["out of range", { a: ["F32", [2], [0, 8]] }, 4, /ends at byte 8, but there are 4/],
    ["trailing bytes", { a: ["F32", [1], [0, 4]] }, 6, /end at byte 4, but there are 6/],
    ["size against shape", { a: ["F32", [3], [0, 8]] }, 8, /needs 12 bytes; it has 8/],
    ["unknown dtype", { a: ["F99", [2], [0, 8]] }, 8, /entry of "a"/],
    ["negative extent", { a: ["F32", [-2], [0, 8]] }, 8, /entry of "a"/],
  ] as const)("refuses a header with %s", async (name, tensors, dataBytes, message) => {
    const entries = Object.entries(tensors).map(([key, [dtype, shape, data_offsets]]) => [
      key,
      { dtype, shape, data_offsets },
    ]);
    const path = await handMade(`bad-${name}.safetensors`, JSON.stringify(Object.fromEntries(entries)), dataBytes);
    await expect(readSafetensors(path)).rejects.toThrow(message);
    await expect(readSafetensors(path)).rejects.toBeInstanceOf(CheckpointError);
  });

  it("refuses what is not a safetensors file, and says why", async () => {
    await expect(readSafetensors(await handMade("text.safetensors", "not json", 0))).rejects.toThrow(/not JSON/);
    await expect(readSafetensors(await handMade("list.safetensors", "[]", 0))).rejects.toThrow(/not a JSON object/);
    await writeFile(join(folder, "short"), "abc");
    await expect(readSafetensors(join(folder, "short"))).rejects.toThrow(/too short/);
    await writeFile(join(folder, "huge"), Buffer.alloc(16, 255));
    await expect(readSafetensors(join(folder, "huge"))).rejects.toThrow(/header would be/);
    await expect(readSafetensors(join(folder, "absent"))).rejects.toThrow(/Cannot open/);
  });

  it("refuses a missing name, a 64-bit value that does not fit, and integers where floats are needed", async () => {
    const path = await handMade("one.safetensors", '{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', 8);
    const bytes = await readFile(path);
    bytes.writeBigInt64LE(2n ** 31n, bytes.length - 8);
    await writeFile(path, bytes);
    const file = await readSafetensors(path);
    expect(() => file.read("b")).toThrow(/has no tensor "b"; it has 1: a/);
    expect(() => file.read("a")).toThrow(/2147483648/);
    bytes.writeBigInt64LE(3n, bytes.length - 8);
    await writeFile(path, bytes);
    expect(() => file.readFloats("a")).toThrow(/its dtype is I64/);
  });

  it("refuses to write values that do not fill their shape, leaving the old file as it was", async () => {
    const path = join(folder, "kept.safetensors");
    await writeSafetensors(path, { a: { shape: [1], values: Float32Array.of(4) } });
    const bad = { a: { shape: [2, 2], values: new Float32Array(3) } };
    await expect(writeSafetensors(path, bad)).rejects.toThrow(/needs 4 values; got 3/);
    expect((await readSafetensors(path)).read("a")).toEqual(Float32Array.of(4));
  });

  it("reads what PyTorch's tools wrote", async () => {
    const file = await readSafetensors("test/fixtures/models/roberta-tiny/model.safetensors");
    expect(file.shape("roberta.embeddings.word_embeddings.weight")).toEqual([120, 32]);
    const positions = file.read("roberta.embeddings.position_ids");
    expect([...positions].slice(0, 3)).toEqual([0, 1, 2]);
  });
});
