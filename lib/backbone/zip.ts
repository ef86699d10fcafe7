/** Where the files of an uncompressed zip archive lie, as PyTorch writes them. */

import { open } from "node:fs/promises";
import { CheckpointError } from "../errors.js";
import { readRange } from "./fileRange.js";

/** Bytes of one archived file within the archive. */
export interface ZipEntry {
  readonly position: number;
  readonly length: number;
}

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;

/**
 * Entries by name, read from the central directory; zip64 included.
 *
 * @throws CheckpointError  when the archive is damaged or an entry is compressed
 * @source PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16
 */
export async function readZipDirectory(path: string): Promise<ReadonlyMap<string, ZipEntry>> {
  const file = await open(path);
  const { size } = await file.stat().finally(() => file.close());
  const range = (position: number, length: number): Buffer => Buffer.from(readRange(path, position, length));

  const tail = range(Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES), Math.min(size, END_BYTES + MAX_COMMENT_BYTES));
  const end = tail.lastIndexOf("PK\x05\x06");
  if (end < 0 || end + END_BYTES > tail.length) throw damaged(path, "it has no end-of-directory record");
  let count = tail.readUInt16LE(end + 10);
  let directoryBytes = tail.readUInt32LE(end + 12);
  let directoryAt = tail.readUInt32LE(end + 16);
  if (end >= 20 && tail.readUInt32BE(end - 20) === 0x504b0607) {
    const record = range(Number(tail.readBigUInt64LE(end - 20 + 8)), 56);
    count = Number(record.readBigUInt64LE(32));
    directoryBytes = Number(record.readBigUInt64LE(40));
    directoryAt = Number(record.readBigUInt64LE(48));
  }
  if (directoryAt + directoryBytes > size) throw damaged(path, "its directory lies outside of it");

  const directory = range(directoryAt, directoryBytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32BE(at) !== 0x504b0102) {
      throw damaged(path, `entry ${i} of its directory is broken`);
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const name = directory.toString("utf8", at + 46, at + 46 + nameBytes);
    if (directory.readUInt16LE(at + 10) !== 0) throw damaged(path, `"${name}" is compressed, which PyTorch never does`);
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    const [, length, headerAt] = widen(extra, [
      directory.readUInt32LE(at + 24),
      directory.readUInt32LE(at + 20),
      directory.readUInt32LE(at + 42),
    ]);
    const local = range(headerAt, 30);
    if (local.readUInt32BE() !== 0x504b0304) throw damaged(path, `"${name}" does not begin where its directory says`);
    const position = headerAt + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (position + length > size) throw damaged(path, `"${name}" reaches beyond its end`);
    if (entries.has(name)) throw damaged(path, `it holds "${name}" twice`);
    entries.set(name, { position, length });
    at += 46 + nameBytes + extraBytes + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Replaces the fields that are all ones (uncompressed size, size, offset) by those of the zip64 extra field. */
function widen(extra: Buffer, fields: readonly [number, number, number]): [number, number, number] {
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  at += 4;
  const widened = fields.map((field) => {
    if (field !== 0xffffffff || at + 8 > extra.length) return field;
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  });
  return [widened[0] ?? 0, widened[1] ?? 0, widened[2] ?? 0];
}

function damaged(path: string, problem: string): CheckpointError {
  return new CheckpointError(`${path} is not a readable zip archive: ${problem}. Download it again.`, {
    path,
    problem,
  });
}
