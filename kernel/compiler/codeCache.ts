/** One large CommonJS file, loaded with the machine code that an earlier process left on disk. */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { basename, dirname, join } from "node:path";
import vm from "node:vm";
import { userCacheDirectory } from "../userFolders.js";

/** A loaded file. */
export interface CachedScript {
  readonly exports: unknown;
  /** Whether code from disk was used. */
  readonly isCached: boolean;
  /** Keeps the code of all functions that have run so far for the next process; null when it cannot be written. */
  save(): string | null;
}

/**
 * Loads a file of ASCII code (non-ASCII characters only in comments): half the memory of what `require` makes of it.
 * Code on disk that is missing, damaged or of another V8 is not used.
 *
 * @param folder  where the code is kept
 */
export function loadCached(path: string, folder = userCacheDirectory()): CachedScript {
  const file = join(folder, `${basename(path)}-${process.version}-${process.arch}.code`);
  const source = Module.wrap(readFileSync(path, "latin1"));
  const { mtimeMs, size } = statSync(path);
  const origin = `${path} ${size} ${mtimeMs}`;
  const cachedData = readCode(file, origin);
  const script = new vm.Script(source, { filename: path, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return {
    exports: module.exports,
    isCached: cachedData !== undefined && script.cachedDataRejected === false,
    save: () => writeCode(file, origin, script.createCachedData()),
  };
}

/** Before the code stands a digest of it and of the file that it was made from: V8 checks neither. */
const DIGEST_BYTES = 32;

function digestOf(code: Buffer, origin: string): Buffer {
  return createHash("sha256").update(origin).update(code).digest();
}

function readCode(file: string, origin: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(DIGEST_BYTES);
    return digestOf(code, origin).equals(bytes.subarray(0, DIGEST_BYTES)) ? code : undefined;
  } catch {
    return undefined; // Not made yet.
  }
}

/** Written beside and renamed: another process reads the old code or the new, never half of it. */
function writeCode(file: string, origin: string, code: Buffer): string | null {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, Buffer.concat([digestOf(code, origin), code]));
    renameSync(temporary, file);
    return file;
  } catch {
    removeIfThere(temporary); // No room, no right: the next start is only slower.
    return null;
  }
}

function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its folder is not one.
  }
}
