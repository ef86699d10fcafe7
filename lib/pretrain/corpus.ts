/** Plain text to pre-train on: files or folders of `.txt`, `.txt.gz` and `.txt.zst`, one document a line. */

import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import { DataError } from "../errors.js";

const TEXT_FILE = /\.txt(\.gz|\.zst)?$/;

/**
 * The text files named by `paths`, in order; a folder stands for its text files sorted by name (not those of subfolders).
 *
 * @throws DataError  when a path does not exist, is no text file, or a folder holds none
 */
export async function listCorpusFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const info = await stat(path).catch((cause: unknown) => {
      throw new DataError(
        `Corpus path ${path} cannot be read. Give a .txt, .txt.gz or .txt.zst file or a folder of them.`,
        { path },
        { cause },
      );
    });
    const found = info.isDirectory() ? (await readdir(path)).filter((name) => TEXT_FILE.test(name)).sort() : [];
    if (info.isDirectory()) files.push(...found.map((name) => join(path, name)));
    else if (TEXT_FILE.test(path)) files.push(path);
    if (info.isDirectory() ? found.length === 0 : !TEXT_FILE.test(path)) {
      throw new DataError(
        `Expected .txt, .txt.gz or .txt.zst text at ${path}; found none. Unpack or rename the files.`,
        { path },
      );
    }
  }
  return files;
}

/** The documents of one file in order: its lines that are not blank, decompressed on the way, one in memory at a time. */
export async function* readDocuments(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of decompressed(file)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line.trim();
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield rest.trim();
}

async function* decompressed(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = createReadStream(file, { highWaterMark: 1 << 18 });
  if (file.endsWith(".gz")) {
    for await (const bytes of stream.pipe(createGunzip())) yield bytes as Uint8Array;
  } else if (file.endsWith(".zst")) {
    let ready: Uint8Array[] = [];
    const zstd = new Decompress((data) => {
      ready.push(data);
    });
    for await (const packed of stream) {
      zstd.push(packed as Uint8Array);
      yield* ready;
      ready = [];
    }
    zstd.push(new Uint8Array(0), true);
    yield* ready;
  } else {
    for await (const bytes of stream) yield bytes as Uint8Array;
  }
}
