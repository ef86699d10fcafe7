/** One large CommonJS file, loaded with the machine code that an earlier process left on disk. */

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import vm from "node:vm";

/** A loaded file. */
export interface CachedScript {
  readonly exports: unknown;
  /** Whether code from disk was used. */
  readonly wasCached: boolean;
  /** Keeps the code of all functions that have run so far for the next process; null when it cannot be written. */
  save(): string | null;
}

/**
 * Loads a file of ASCII code (non-ASCII characters only in comments): half the memory of what `require` makes of it.
 * Code on disk that is missing, damaged or of another V8 is not used.
 *
 * @param folder  where the code is kept
 */
export function loadCached(path: string, folder = codeFolder(process.env)): CachedScript {
  const file = join(folder, `${basename(path)}-${process.version}-${process.arch}.code`);
  const source = Module.wrap(readFileSync(path, "latin1"));
  const cachedData = readCode(file);
  const script = new vm.Script(source, { filename: path, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return {
    exports: module.exports,
    wasCached: cachedData !== undefined && script.cachedDataRejected === false,
    save: () => writeCode(file, script.createCachedData()),
  };
}

/** The user's folder for what can be made again. */
export function codeFolder({ XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return join(LOCALAPPDATA ?? homedir(), "sptlab", "code");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "sptlab", "code");
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
