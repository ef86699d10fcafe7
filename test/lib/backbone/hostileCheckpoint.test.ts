import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../../lib/backbone/safetensors.js";
import { readTorchCheckpoint } from "../../../lib/backbone/torchCheckpoint.js";
import { readZipDirectory } from "../../../lib/backbone/zip.js";
import { CheckpointError } from "../../../lib/errors.js";
import {
  ascii,
  dictionary,
  global,
  legacy,
  none,
  pickle,
  safetensors,
  small,
  tensor,
  text,
  tuple,
  zip,
} from "./handMadeCheckpoint.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-hostile-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function save(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${++count}.bin`);
  await writeFile(path, bytes);
  return path;
}

async function refusal(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => "it was read",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  return String(error);
}

/** An integer of 8 bytes. */
const long = (value: bigint) => {
  const bytes = Buffer.alloc(10);
  bytes.set([0x8a, 8]);
  bytes.writeBigInt64LE(value, 2);
  return bytes;
};
/** Every list holds the one before twice: 2^levels items, were they counted one by one. */
const doubled = (levels: number) =>
  Buffer.concat([ascii("]"), ...Array(levels).fill(Buffer.from("q\x01]h\x01ah\x01a", "latin1"))]);

describe("a hostile safetensors header", () => {
  const entry = (shape: string, offsets: string) => `{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}`;

  it.each([
    ["a name twice", `{"a":${entry("[1]", "[0,4]")},"a":${entry("[1]", "[0,4]")}}`, /holds the key "a" twice/],
    ["a name twice, once escaped", `{"a":${entry("[1]", "[0,4]")},"\\u0061" :${entry("[1]", "[0,4]")}}`, /"a" twice/],
    ["a field twice", `{"a":{"dtype":"F16","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, /"dtype" twice/],
    ["a size of 2^60", `{"a":${entry("[1152921504606846976]", "[0,4]")}}`, /entry of "a" is wrong/],
    ["offsets of 2^60", `{"a":${entry("[1]", "[1152921504606846972,1152921504606846976]")}}`, /entry of "a" is wrong/],
    ["a product of 2^80", `{"a":${entry("[1099511627776,1099511627776]", "[0,4]")}}`, /needs 4\.8\d+e\+24 bytes/],
    [
      "no size, times more than there are numbers",
      `{"a":${entry(`[${Array(40).fill(2 ** 40)},0]`, "[0,0]")}}`,
      /valid safetensors file: "a" \[1099511627776,/,
    ],
    ["offsets in reverse", `{"a":${entry("[1]", "[4,0]")}}`, /needs 4 bytes; it has -4/],
    ["100,000 brackets", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /is nested deeper than/],
    ["100,000 brackets that never close", "[".repeat(100_000), /is nested deeper than/],
    ["text after its end", `{}{}`, /not JSON/],
    ["an unfinished text", `{"a`, /not JSON/],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /not UTF-8/],
  ])("with %s is refused", async (_name, header, message) => {
    expect(await refusal(readSafetensors(await save(safetensors(header, 4))))).toMatch(message);
  });

  it("is quoted no longer than a reader reads", async () => {
    const header = JSON.stringify({ ["x".repeat(100_000)]: { dtype: "y".repeat(100_000) } });
    expect((await refusal(readSafetensors(await save(safetensors(header, 0))))).length).toBeLessThan(1000);
  });

  it("may use names that mean something to JavaScript", async () => {
    const header = `{"__proto__":${entry("[1]", "[0,4]")},"constructor":${entry("[1]", "[4,8]")}}`;
    const file = await readSafetensors(await save(safetensors(header, 8)));
    expect(file.names).toEqual(["__proto__", "constructor"]);
    expect(file.has("toString")).toBe(false);
  });
});

describe("a hostile pytorch_model.bin", () => {
  const storageType = global("torch", "FloatStorage");
  const storage = (view: Uint8Array) =>
    Buffer.concat([tuple(text("storage"), storageType, text("7"), text("cpu"), small(6), view), ascii("Q")]);
  const rebuilt = (...args: Uint8Array[]) =>
    Buffer.concat([global("torch._utils", "_rebuild_tensor_v2"), tuple(...args, Buffer.of(0x89), none), ascii("R")]);
  const parameter = global("torch._utils", "_rebuild_parameter");

  it.each([
    [
      "a window before its storage",
      rebuilt(storage(tuple(text("7"), long(-2n), small(2))), small(0), tuple(small(1)), tuple(small(1))),
    ],
    [
      "a window at no number",
      rebuilt(storage(tuple(text("7"), text("x"), small(2))), small(0), tuple(small(1)), tuple(small(1))),
    ],
    [
      "2^52 values that are all the same one",
      rebuilt(storage(none), small(0), tuple(long(2n ** 52n)), tuple(small(0))),
    ],
    ["a stride of 2^62", rebuilt(storage(none), small(0), tuple(small(2)), tuple(long(2n ** 62n)))],
    ["an offset of -1", rebuilt(storage(none), long(-1n), tuple(small(1)), tuple(small(1)))],
    [
      "a parameter in a parameter in a …",
      Buffer.concat([
        ...Array(50_000).fill(Buffer.concat([parameter, ascii("(")])),
        none,
        ...Array(50_000).fill(ascii("tR")),
      ]),
    ],
    ["a parameter of itself", Buffer.concat([parameter, Buffer.from("]q\x02R0", "latin1"), none])],
    [
      "a storage type of 2^40 items",
      rebuilt(Buffer.concat([tuple(text("storage"), doubled(40), text("7")), ascii("Q")]), small(0), tuple(), tuple()),
    ],
    ["a function name of 2^40 items", Buffer.concat([doubled(40), text("x"), Buffer.of(0x93)])],
  ])("with %s is refused", async (_name, value) => {
    const path = await save(legacy(dictionary(["a", value])));
    await refusal(readTorchCheckpoint(path).then((file) => file.names.map((name) => file.readFloats(name))));
  });

  it("with 2^40 items for a key, a protocol or a storage is refused", async () => {
    const magic = pickle(Buffer.from("8a0a6cfc9c46f9206aa85019", "hex"));
    const protocol = pickle(Buffer.from("4de903", "hex"));
    const empty = pickle(ascii("}"));
    const cases = [
      legacy(pickle(ascii("}"), doubled(40), none, ascii("s"))),
      Buffer.concat([magic, pickle(doubled(40)), empty, empty, pickle(ascii("]"))]),
      Buffer.concat([magic, protocol, empty, empty, pickle(ascii("]"), doubled(40), ascii("a"))]),
      zip({ "m/data.pkl": pickle(ascii("}"), doubled(40), tensor(0, [1], [1]), ascii("s")) }),
    ];
    for (const bytes of cases) await refusal(readTorchCheckpoint(await save(bytes)));
  });

  it("with positions beyond what a file can have, a name twice, or no file where it says, is refused", async () => {
    const archive = zip({ "m/data.pkl": dictionary(["a", tensor(0, [1], [1])]), "m/data/7": Buffer.alloc(24) });
    const directoryAt = archive.readUInt32LE(archive.length - 6);
    const locator = Buffer.alloc(20);
    locator.write("PK\x06\x07", "latin1");
    locator.writeBigUInt64LE(2n ** 63n + 5n, 8);
    const far = Buffer.concat([archive.subarray(0, -22), locator, archive.subarray(-22)]);
    expect(await refusal(readZipDirectory(await save(far)))).toMatch(/must lie within/);

    const moved = Buffer.from(archive);
    moved.writeUInt32LE(3, directoryAt + 42);
    expect(await refusal(readZipDirectory(await save(moved)))).toMatch(/"m\/data.pkl" does not begin where/);

    const names = zip({ "m/data/7": Buffer.alloc(4), "m/data/8": Buffer.alloc(4) });
    const doubledName = Buffer.from(names.toString("latin1").replaceAll("m/data/8", "m/data/7"), "latin1");
    expect(await refusal(readZipDirectory(await save(doubledName)))).toMatch(/holds "m\/data\/7" twice/);
  });
});
