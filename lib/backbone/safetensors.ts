/** Safetensors files: named tensors behind a JSON header, read one at a time, written atomically. */

import { open, rename, rm } from "node:fs/promises";
import { z } from "zod";
import { type HalfType, narrowToFloat16 } from "../engine/halfPrecision.js";
import { CheckpointError } from "../errors.js";
import { parseHeaderJson } from "./headerJson.js";
import {
  BYTES_PER_VALUE,
  checkFloats,
  readHalves,
  readValues,
  type StoredDtype,
  type StoredRange,
} from "./storedValues.js";

/** An open file: the header is in memory, the tensors are on disk. */
export interface SafetensorsFile {
  readonly path: string;
  /** Tensor names in the order of their data. */
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  has(name: string): boolean;
  shape(name: string): readonly number[];
  dtype(name: string): StoredDtype;
  /**
   * Values of one tensor, row-major: a Float32Array for floating-point storage (F64 is rounded), an Int32Array
   * otherwise. Reads from disk at each call.
   * @throws CheckpointError  when there is no such tensor, or an I64 value does not fit 32 bits
   */
  read(name: string): Float32Array | Int32Array;
  /** As `read`, for a tensor that must have floating-point storage. */
  readFloats(name: string): Float32Array;
  /** Values of such a tensor as sixteen bits each; @throws CheckpointError  when one is too large for the type */
  readHalves(name: string, type: HalfType): Uint16Array;
}

/** One tensor to write; the default dtype is F32 for a Float32Array, I32 for an Int32Array. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
  readonly dtype?: "F32" | "F16" | "I32" | "I64";
}

/** The official reader's limit; a larger header is an attack or not a header. */
const MAX_HEADER_BYTES = 100_000_000;

/** A header may hold names of any length; an error message does not. */
const MAX_QUOTED = 400;

const entrySchema = z.object({
  dtype: z.enum(["F64", "F32", "F16", "BF16", "I64", "I32", "U8", "BOOL"]),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
type Entry = z.infer<typeof entrySchema>;

/**
 * Reads and checks the header: every tensor's bytes lie in the file, have the size of its dtype and shape, and
 * leave neither overlap nor gap.
 *
 * @throws CheckpointError  naming the file, the tensor and what is wrong with it
 * @source https://huggingface.co/docs/safetensors (format 0.3)
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const { header, dataStart, dataBytes } = await readHeader(path);
  const metadata = parseMetadata(path, header);
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name !== "__metadata__") entries.set(name, parseEntry(path, name, value));
  }
  const names = [...entries.keys()].sort((a, b) => offsetOf(entries, a) - offsetOf(entries, b));
  checkLayout(path, names, entries, dataBytes);

  const entry = (name: string): Entry => {
    const found = entries.get(name);
    if (found === undefined) {
      throw new CheckpointError(
        `${path} has no tensor "${name}"; it has ${entries.size}: ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}.`,
        { path, name, names },
      );
    }
    return found;
  };
  const range = (name: string): StoredRange => {
    const { dtype, shape, data_offsets } = entry(name);
    const label = `"${name}" of ${path}`;
    return { path, position: dataStart + data_offsets[0], count: sizeOf(shape), dtype, label };
  };
  return {
    path,
    names,
    metadata,
    has: (name) => entries.has(name),
    shape: (name) => entry(name).shape,
    dtype: (name) => entry(name).dtype,
    read: (name) => readValues(range(name)),
    readFloats: (name) => {
      checkFloats(entry(name).dtype, range(name).label);
      return readValues(range(name)) as Float32Array;
    },
    readHalves: (name, type) => readHalves(range(name), type),
  };
}

/**
 * Writes tensors to `path` through a temporary file beside it, so that a reader sees the old file or the whole new one.
 *
 * @throws CheckpointError  when a tensor's value count is not the product of its shape
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const parts = Object.entries(tensors).map(([name, tensor]) => {
    const size = sizeOf(tensor.shape);
    if (size !== tensor.values.length) {
      throw new CheckpointError(
        `"${name}" has shape [${tensor.shape}], which needs ${size} values; got ${tensor.values.length}.`,
        { path, name, shape: tensor.shape, count: tensor.values.length },
      );
    }
    const dtype = tensor.dtype ?? (tensor.values instanceof Float32Array ? "F32" : "I32");
    return { name, shape: tensor.shape, dtype, bytes: encodeValues(tensor.values, dtype) };
  });
  // Wide types first keeps every tensor aligned to its own width.
  parts.sort((a, b) => BYTES_PER_VALUE[b.dtype] - BYTES_PER_VALUE[a.dtype]);

  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const { name, dtype, shape, bytes } of parts) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));

  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      for (const bytes of [length, padded, ...parts.map((part) => part.bytes)]) await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Number of values in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

async function readHeader(path: string): Promise<{ header: object; dataStart: number; dataBytes: number }> {
  const file = await open(path).catch((cause: unknown) => {
    throw new CheckpointError(`Cannot open ${path}. Check the name and its permissions.`, { path }, { cause });
  });
  try {
    const { size } = await file.stat();
    const prefix = Buffer.alloc(8);
    if (size < 8) throw malformed(path, `it is ${size} bytes long, too short for a header`);
    await file.read(prefix, 0, 8, 0);
    const headerBytes = Number(prefix.readBigUInt64LE());
    if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > size) {
      throw malformed(path, `its header would be ${headerBytes} bytes in a file of ${size}`);
    }
    const text = Buffer.alloc(headerBytes);
    await file.read(text, 0, headerBytes, 8);
    const header = parseJson(path, text);
    return { header, dataStart: 8 + headerBytes, dataBytes: size - 8 - headerBytes };
  } finally {
    await file.close();
  }
}

function parseJson(path: string, bytes: Uint8Array): object {
  let header: unknown;
  try {
    header = parseHeaderJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw malformed(path, `its header ${cause instanceof SyntaxError ? cause.message : "is not UTF-8"}`, cause);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw malformed(path, "its header is not a JSON object");
  }
  return header;
}

function parseMetadata(path: string, header: object): Record<string, string> {
  const value = "__metadata__" in header ? header.__metadata__ : {};
  const parsed = z.record(z.string(), z.string()).safeParse(value);
  if (!parsed.success) throw malformed(path, "its __metadata__ is not an object of strings", parsed.error);
  return parsed.data;
}

function parseEntry(path: string, name: string, value: unknown): Entry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    throw malformed(path, `the entry of "${name}" is wrong: ${JSON.stringify(value)}`, parsed.error);
  }
  return parsed.data;
}

function checkLayout(path: string, names: readonly string[], entries: ReadonlyMap<string, Entry>, bytes: number): void {
  let end = 0;
  for (const name of names) {
    const entry = entries.get(name);
    if (entry === undefined) continue;
    const [from, to] = entry.data_offsets;
    if (to > bytes) throw malformed(path, `"${name}" ends at byte ${to}, but there are ${bytes} bytes of data`);
    const expected = sizeOf(entry.shape) * BYTES_PER_VALUE[entry.dtype];
    if (to - from !== expected) {
      throw malformed(path, `"${name}" [${entry.shape}] ${entry.dtype} needs ${expected} bytes; it has ${to - from}`);
    }
    if (from !== end) throw malformed(path, `"${name}" starts at byte ${from}; the tensor before it ends at ${end}`);
    end = to;
  }
  if (end !== bytes) throw malformed(path, `its tensors end at byte ${end}, but there are ${bytes} bytes of data`);
}

function offsetOf(entries: ReadonlyMap<string, Entry>, name: string): number {
  const [from, to] = entries.get(name)?.data_offsets ?? [0, 0];
  return from + to; // the end as well, so that empty tensors come before what starts at the same byte
}

function malformed(path: string, found: string, cause?: unknown): CheckpointError {
  const problem = found.length > MAX_QUOTED ? `${found.slice(0, MAX_QUOTED)}…` : found;
  return new CheckpointError(
    `${path} is not a valid safetensors file: ${problem}. Download or write it again.`,
    { path, problem },
    { cause },
  );
}

function encodeValues(values: Float32Array | Int32Array, dtype: "F32" | "F16" | "I32" | "I64"): Uint8Array {
  const stored =
    dtype === "F32"
      ? Float32Array.from(values)
      : dtype === "F16"
        ? narrowToFloat16(Float32Array.from(values))
        : dtype === "I32"
          ? Int32Array.from(values)
          : BigInt64Array.from(values, BigInt);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
