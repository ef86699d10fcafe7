/** One large CommonJS file, loaded with the machine code that an earlier process left on disk. */

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
  const cachedData = readCode(file);
  const script = new vm.Script(source, { filename: path, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return {
    exports: module.exports,
    isCached: cachedData !== undefined && script.cachedDataRejected === false,
    save: () => writeCode(file, script.createCachedData()),
  };
}

function readCode(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // Not made yet.
  }
}

/** Written beside and renamed: another process reads the old code or the new, never half of it. */
function writeCode(file: string, code: Buffer): string | null {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, code);
    renameSync(temporary, file);
    return file;
  } catch {
    rmSync(temporary, { force: true }); // No room, no right: the next start is only slower.
    return null;
  }
}
