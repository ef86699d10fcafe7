import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PersistentReference, PickledCall, PickledGlobal, readPickle } from "../../../lib/backbone/pickle.js";
import { readSafetensors } from "../../../lib/backbone/safetensors.js";
import { readTorchCheckpoint } from "../../../lib/backbone/torchCheckpoint.js";
import { readZipDirectory } from "../../../lib/backbone/zip.js";
import { CheckpointError } from "../../../lib/errors.js";
import { ascii, dictionary, global, legacy, none, pickle, small, tensor, text, tuple } from "./handMadeCheckpoint.js";

const BIN = "test/fixtures/models/roberta-tiny-bin";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-torch-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function save(name: string, ...parts: Uint8Array[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(parts));
  return path;
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

describe("pytorch_model.bin", () => {
  it.each(["pytorch_model.bin", "pytorch_model.legacy.bin"])(
    "reads every tensor of %s to the last bit",
    async (name) => {
      const file = await readTorchCheckpoint(join(BIN, name));
      const reference = await readSafetensors("test/fixtures/models/roberta-tiny/model.safetensors");
      const words = "roberta.embeddings.word_embeddings.weight";
      expect(file.names).toEqual(expect.arrayContaining([...reference.names, "lm_head.decoder.weight"]));
      for (const tensorName of reference.names) {
        expect(file.shape(tensorName)).toEqual(reference.shape(tensorName));
        if (reference.dtype(tensorName) !== "F32") continue;
        expect(sameBits(file.readFloats(tensorName), reference.readFloats(tensorName)), tensorName).toBe(true);
      }
      expect(sameBits(file.readFloats("lm_head.decoder.weight"), reference.readFloats(words))).toBe(true);
      expect(() => file.readFloats("roberta.embeddings.position_ids")).toThrow(/its dtype is I64/);
    },
  );

  it("follows offsets and strides into a shared storage", async () => {
    const state = dictionary(
      ["whole", tensor(0, [2, 3], [3, 1])],
      ["transposed", tensor(0, [3, 2], [1, 3])],
      ["column", tensor(1, [2], [3])],
      ["repeated", tensor(5, [2, 2], [0, 0])],
      ["step", none],
    );
    const file = await readTorchCheckpoint(await save("views.bin", legacy(state)));
    expect(file.names).toEqual(["whole", "transposed", "column", "repeated"]);
    expect([...file.readFloats("whole")]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...file.readFloats("transposed")]).toEqual([0, 3, 1, 4, 2, 5]);
    expect([...file.readFloats("column")]).toEqual([1, 4]);
    expect([...file.readFloats("repeated")]).toEqual([5, 5, 5, 5]);
  });

  it("refuses a tensor that reaches outside of its storage", async () => {
    const file = await readTorchCheckpoint(
      await save("outside.bin", legacy(dictionary(["a", tensor(1, [2, 3], [3, 1])]))),
    );
    expect(() => file.readFloats("a")).toThrow(/outside of its storage/);
  });

  it("executes nothing, and refuses any call but those that describe tensors", async () => {
    const call = Buffer.concat([global("os", "system"), tuple(text("touch pwned")), ascii("R")]);
    const state = dictionary(["a", call]);
    await expect(readTorchCheckpoint(await save("call.bin", legacy(state)))).rejects.toThrow(/a call of os.system/);
    const renamed = dictionary(["a", tensor(0, [1], [1], "_rebuild_something")]);
    await expect(readTorchCheckpoint(await save("other.bin", legacy(renamed)))).rejects.toThrow(/_rebuild_something/);
  });

  it("refuses files that are cut off, or are something else", async () => {
    const whole = await readFile(join(BIN, "pytorch_model.bin"));
    const old = await readFile(join(BIN, "pytorch_model.legacy.bin"));
    const cases = [
      await save("cut.bin", whole.subarray(0, whole.length - 100)),
      await save("cut-legacy.bin", old.subarray(0, old.length - 100)),
      await save("cut-pickle.bin", old.subarray(0, 5000)),
      await save("other.txt", ascii("hello, this is no checkpoint")),
      await save("empty.bin"),
    ];
    for (const path of cases) await expect(readTorchCheckpoint(path), path).rejects.toBeInstanceOf(CheckpointError);
  });
});

describe("readPickle", () => {
  const read = (...body: Uint8Array[]) => readPickle(pickle(...body), 0, "test").value;

  it("reads numbers, texts and containers", () => {
    expect(read(Buffer.from("4afeffffff", "hex"))).toBe(-2);
    expect(read(Buffer.from("8a02feff", "hex"))).toBe(-2);
    expect(read(Buffer.from("8a03ffff00", "hex"))).toBe(65535);
    expect(read(Buffer.from("473ff8000000000000", "hex"))).toBe(1.5);
    expect(read(text("ünï"))).toBe("ünï");
    expect(read(small(1), small(2), Buffer.of(0x86))).toEqual([1, 2]);
    expect(read(ascii("]"), small(1), ascii("a("), small(2), small(3), ascii("e"))).toEqual([1, 2, 3]);
    expect(read(ascii("}"), text("k"), small(1), ascii("s"))).toEqual(new Map([["k", 1]]));
  });

  it("keeps names, calls and outside references as records", () => {
    expect(read(global("os", "system"))).toEqual(new PickledGlobal("os.system"));
    expect(read(global("os", "system"), tuple(text("ls")), ascii("R"))).toEqual(new PickledCall("os.system", ["ls"]));
    expect(read(text("key"), ascii("Q"))).toEqual(new PersistentReference("key"));
    expect(read(text("a"), text("b"), Buffer.of(0x93))).toEqual(new PickledGlobal("a.b"));
  });

  it("returns the same object for a memoised value", () => {
    const twice = read(ascii("]q"), Buffer.of(3), ascii("h"), Buffer.of(3, 0x86)) as unknown[];
    expect(twice[0]).toBe(twice[1]);
  });

  it("refuses opcodes that no state dict needs, empty stacks and missing ends", () => {
    expect(() => read(ascii("i"))).toThrow(/opcode 0x69/);
    expect(() => read()).toThrow(/stack that runs empty/);
    expect(() => read(ascii("h"), Buffer.of(9))).toThrow(/memo slot 9/);
    expect(() => readPickle(Buffer.of(0x80, 2, 0x58, 255, 0, 0, 0), 0, "test")).toThrow(/ends inside/);
  });
});

describe("readZipDirectory", () => {
  it("reads sizes and offsets from zip64 fields where the plain ones are all ones", async () => {
    const local = Buffer.alloc(31);
    local.write("PK\x03\x04", "latin1");
    local.writeUInt16LE(1, 26);
    local.write("a", 30);
    const entry = Buffer.alloc(46 + 1 + 28);
    entry.write("PK\x01\x02", "latin1");
    for (const at of [20, 24, 42]) entry.writeUInt32LE(0xffffffff, at);
    entry.writeUInt16LE(1, 28);
    entry.writeUInt16LE(28, 30);
    entry.write("a", 46);
    entry.writeUInt16LE(1, 47);
    entry.writeUInt16LE(24, 49);
    entry.writeBigUInt64LE(3n, 51);
    entry.writeBigUInt64LE(3n, 59);
    const record = Buffer.alloc(56);
    record.write("PK\x06\x06", "latin1");
    record.writeBigUInt64LE(1n, 32);
    record.writeBigUInt64LE(BigInt(entry.length), 40);
    record.writeBigUInt64LE(34n, 48);
    const locator = Buffer.alloc(20);
    locator.write("PK\x06\x07", "latin1");
    locator.writeBigUInt64LE(BigInt(34 + entry.length), 8);
    const end = Buffer.alloc(22, 255);
    end.write("PK\x05\x06", "latin1");
    const path = await save("zip64.zip", local, ascii("xyz"), entry, record, locator, end);
    expect(await readZipDirectory(path)).toEqual(new Map([["a", { position: 31, length: 3 }]]));
  });
});
