/** Text files as lines, whatever they were compressed or encoded with; a message says where a file breaks the rules. */

import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DataError } from "../../errors.js";

/**
 * "utf-8", or for old corpora "legacy": UTF-8 when the whole file is that, else Windows-1252, which contains Latin-1's
 * letters.
 */
export type TextEncoding = "utf-8" | "legacy";

/** The whole text, without a byte order mark; names ending in `.gz` are decompressed. Throws as `readLines` does. */
export async function readText(path: string, encoding: TextEncoding = "utf-8"): Promise<string> {
  return decode(path, await readBytes(path), encoding);
}

/**
 * The lines of a file, without their ends; the last one is empty when the file ends with a line break.
 *
 * @throws DataError  when the file cannot be read, is cut off inside its compression, or has another encoding
 */
export async function readLines(path: string, encoding: TextEncoding = "utf-8"): Promise<string[]> {
  return (await readText(path, encoding)).split(/\r?\n/);
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path);
    return path.endsWith(".gz") ? await promisify(gunzip)(bytes) : bytes;
  } catch (cause) {
    throw new DataError(
      `Expected a readable file at ${path}; ${cause instanceof Error ? cause.message : "it cannot be read"}. ` +
        "Check the path, or copy the file again: it may be cut off.",
      { path },
      { cause },
    );
  }
}

function decode(path: string, bytes: Buffer, encoding: TextEncoding): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw encodingError(path, 1, "UTF-8", "the byte order mark of UTF-16", "UTF-16");
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw encodingError(path, lineOf(bytes, nul), "text", "a zero byte", "UTF-16LE");
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  if (encoding === "legacy") return decodeWindows1252(bytes);
  const { line, byte } = firstBrokenByte(bytes);
  throw encodingError(path, line, "UTF-8", `the byte 0x${byte.toString(16).toUpperCase()}`, "WINDOWS-1252");
}

function encodingError(path: string, line: number, expected: string, came: string, likely: string): DataError {
  const facts = { path, line, expected, came };
  const command = `iconv -f ${likely} -t UTF-8`;
  return new DataError(`${path}:${line}: expected ${expected}; got ${came}. Convert the file: ${command}.`, facts);
}

/** Undefined when the bytes are no UTF-8. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Done by hand: TextDecoder of Node 20 takes "windows-1252" for Latin-1. */
function decodeWindows1252(bytes: Buffer): string {
  return bytes
    .toString("latin1")
    .replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252.charAt(control.charCodeAt(0) - 0x80) || control);
}

/** What 0x80 to 0x9F stand for; the five that Windows-1252 leaves open stay as they are. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

function firstBrokenByte(bytes: Buffer): { line: number; byte: number } {
  let start = 0;
  for (let line = 1; start < bytes.length; line++) {
    const next = bytes.indexOf(10, start);
    const end = next < 0 ? bytes.length : next;
    const row = bytes.subarray(start, end);
    if (decodeUtf8(row) === undefined) {
      const sound = new TextDecoder().decode(row).split("\ufffd", 1)[0] ?? "";
      return { line, byte: row[Buffer.byteLength(sound)] ?? 0 };
    }
    start = end + 1;
  }
  return { line: 1, byte: bytes[0] ?? 0 };
}

function lineOf(bytes: Buffer, position: number): number {
  return bytes.subarray(0, position).reduce((line, byte) => (byte === 10 ? line + 1 : line), 1);
}
