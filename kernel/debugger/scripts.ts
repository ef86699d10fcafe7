/**
 * The scripts that a client can debug: cells and local modules. A client names a cell by a path made of its text's hash, which
 * is the same for every run of that text; a module by its file.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompiledCell } from "../compiler/cellCompiler.js";
import { ScriptMap } from "../compiler/scriptMap.js";
import type { RunRequest } from "../worker/protocol.js";
import { cellFileName, cellOfFile } from "../worker/protocol.js";
import { murmur2 } from "./murmur2.js";

/** ipykernel's seed; clients read it from `debugInfo`. */
export const HASH_SEED = 0xc70f6907;

/** How files of cells end. */
export const FILE_SUFFIX = ".ts";

/** Runs of cells that are remembered. Frames of older ones are not shown. */
const REMEMBERED_RUNS = 1_000;

/** Runs of the same text that a breakpoint is set in: functions of the older ones are replaced. */
const RUNS_WITH_BREAKPOINTS = 10;

/** One script: a run of a cell, or a local module. */
export interface Script {
  /** "Cell [3]", or the name of the module's file. */
  readonly label: string;
  /** How a client names it. */
  readonly path: string;
  readonly map: ScriptMap;
  /** A regular expression for its URL in V8. */
  readonly urlPattern: string;
}

interface CellRun extends Script {
  readonly source: string;
}

/** Finds scripts by path, and paths by script. */
export class Scripts {
  private readonly runs = new Map<number, CellRun>();
  private readonly modules = new Map<string, Script>();
  private readonly dumped = new Map<string, string>();
  private directory: string | null = null;

  /** Remembers a cell that is about to run, and the local modules that it brings. */
  add({ cell, count, source }: Pick<RunRequest, "cell" | "count" | "source">, compiled: CompiledCell): Script[] {
    const pathOf = () => this.pathOf(source);
    const run: CellRun = {
      label: `Cell [${count}]`,
      source,
      get path() {
        return pathOf(); // Hashed when a debugger asks.
      },
      map: ScriptMap.ofCell(compiled.sourceMap, compiled.mapLineOffset),
      urlPattern: endOfUrl(cellFileName(cell)),
    };
    this.runs.set(cell, run);
    this.runs.delete(cell - REMEMBERED_RUNS);
    const modules = compiled.sideModules.flatMap(({ path, code }) => {
      const map = ScriptMap.ofModule(code);
      return map === null ? [] : [{ label: basename(path), path, map, urlPattern: endOfUrl(basename(path)) }];
    });
    for (const module of modules) this.modules.set(module.path, module);
    return [run, ...modules];
  }

  /** What paths of cells start with: a folder that only this user reads, made when it is first asked for. */
  prefix(): string {
    this.directory ??= mkdtempSync(join(tmpdir(), "sptlab-debug-"));
    return this.directory + sep;
  }

  /** Writes a cell's text to the path that stands for it, and returns that. */
  async dump(source: string): Promise<string> {
    const path = this.pathOf(source);
    this.dumped.set(path, source);
    await writeFile(path, source);
    return path;
  }

  /** The newest scripts that a path stands for. */
  ofPath(path: string): readonly Script[] {
    const module = this.modules.get(path);
    if (module !== undefined) return [module];
    return [...this.runs.values()].filter((run) => run.path === path).slice(-RUNS_WITH_BREAKPOINTS);
  }

  /** Files of the local modules that cells have imported. */
  modulePaths(): string[] {
    return [...this.modules.keys()];
  }

  /** The script with this file name or URL. */
  ofFile(file: string): Script | undefined {
    const cell = cellOfFile(file);
    if (cell !== null) return this.runs.get(cell);
    return this.modules.get(file.startsWith("file:") ? fileURLToPath(file) : file);
  }

  /**
   * The text behind a path: a cell's, or a file's.
   *
   * @throws Error  when there is no such cell or file
   */
  async read(path: string): Promise<string> {
    const cell = this.dumped.get(path) ?? [...this.runs.values()].find((run) => run.path === path)?.source;
    return cell ?? readFile(path, "utf8");
  }

  /** The process that ran them is gone. */
  forget(): void {
    this.runs.clear();
    this.modules.clear();
  }

  /** Removes the files of cells. */
  close(): void {
    if (this.directory !== null) rmSync(this.directory, { recursive: true, force: true });
  }

  private pathOf(source: string): string {
    return `${this.prefix()}${murmur2(source, HASH_SEED)}${FILE_SUFFIX}`;
  }
}

/** V8 writes URLs of files in its own way; their last part it leaves as it is. */
function endOfUrl(name: string): string {
  return `[\\\\/]${encodeURI(name).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
}
