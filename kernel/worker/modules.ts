/** How a cell imports: from its working directory, with one copy of the packages that the kernel itself uses. */

import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { SideModule } from "../compiler/cellCompiler.js";
import { cellTimersPromises } from "./cellTimers.js";
import { tslabModule } from "./display.js";
import type { Namespace, Preloaded } from "./preload.js";
import { cellFileName } from "./protocol.js";
import { type SideModuleParts, SideModules } from "./sideModules.js";

/** Node's own loaders, as seen from one folder. */
interface Loaders {
  readonly require: NodeJS.Require;
  readonly import: (specifier: string) => Promise<Namespace>;
}

/** Loads what cells import. */
export class CellModules {
  private readonly side: SideModules;
  private readonly loaders = new Map<string, Loaders>();
  private newestDirectory = process.cwd();

  /**
   * @param preloaded  the packages that cells share with the kernel
   * @param onLoad     told of each local module that is about to run
   */
  constructor(
    private readonly preloaded: Preloaded,
    onLoad: SideModuleParts["onLoad"],
  ) {
    this.side = new SideModules({
      importFrom: (directory, specifier) => this.importFrom(directory, specifier, []),
      requireFrom: (directory) => this.loadersOf(directory).require,
      onLoad,
    });
  }

  /** The working directory: where relative and package specifiers resolve from. The newest one, if it was deleted. */
  get directory(): string {
    try {
      this.newestDirectory = process.cwd();
    } catch {
      // Somebody removed the folder; what is already loaded still works.
    }
    return this.newestDirectory;
  }

  /** `require` as seen from the working directory. */
  get require(): NodeJS.Require {
    return this.loadersOf(this.directory).require;
  }

  /** The file that a cell stands for. */
  cellFile(cell: number): string {
    return join(this.directory, cellFileName(cell));
  }

  /** `import.meta` of a cell that could stand in `filename`. */
  meta(filename: string): ImportMeta {
    const { require } = this;
    const resolveUrl = (specifier: string): string => {
      const path = require.resolve(specifier.replace(/^file:\/\//, ""));
      return isBuiltin(path) ? path : pathToFileURL(path).href;
    };
    return { url: pathToFileURL(filename).href, filename, dirname: dirname(filename), resolve: resolveUrl };
  }

  /** Takes the local modules that a cell imports. */
  update(modules: readonly SideModule[]): void {
    this.side.update(modules);
  }

  /**
   * Imports `specifier`.
   *
   * @param wanted  names that the cell takes: those that Node did not find in a CommonJS module's text are looked
   *                up in what the module exports
   */
  import(specifier: string, wanted: readonly string[] = []): Promise<Namespace> {
    return this.importFrom(this.directory, specifier, wanted);
  }

  private async importFrom(directory: string, given: string, wanted: readonly string[]): Promise<Namespace> {
    const specifier = String(given);
    if (specifier === "tslab") return tslabModule();
    if (/^(node:)?timers\/promises$/.test(specifier)) return cellTimersPromises();
    if (this.preloaded.owns(specifier)) return this.preloaded.load(specifier);
    const path = this.side.find(directory, specifier);
    if (path !== null) return this.side.import(path);
    const loaders = this.loadersOf(directory);
    if (specifier.endsWith(".json")) return jsonModule(loaders.require.resolve(specifier));
    const local = specifier.startsWith("/") ? pathToFileURL(specifier).href : specifier;
    return withCommonJsNames(await loaders.import(local), wanted);
  }

  private loadersOf(directory: string): Loaders {
    const known = this.loaders.get(directory);
    if (known !== undefined) return known;
    const filename = resolve(directory, "cell.js");
    const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const loaders: Loaders = {
      require: createRequire(filename),
      import: vm.runInThisContext("(specifier) => import(specifier)", { filename, importModuleDynamically }),
    };
    this.loaders.set(directory, loaders);
    return loaders;
  }
}

/** Read anew at each import: it may have been edited. */
function jsonModule(path: string): Namespace {
  const content: unknown = JSON.parse(readFileSync(path, "utf8"));
  const members = typeof content === "object" && content !== null && !Array.isArray(content) ? content : {};
  return { ...members, default: content };
}

/** CommonJS as TypeScript sees it: names that only exist at run time, and the default of a transpiled ES module. */
function withCommonJsNames(namespace: Namespace, wanted: readonly string[]): Namespace {
  const inner = namespace.default;
  if (inner === null || (typeof inner !== "object" && typeof inner !== "function")) return namespace;
  const members = inner as Namespace;
  const isTranspiled = members.__esModule === true;
  const missing = wanted.filter((name) => !(name in namespace) && name in members);
  if (!isTranspiled && missing.length === 0) return namespace;
  const found = Object.fromEntries(missing.map((name) => [name, members[name]]));
  return isTranspiled ? { ...namespace, ...members, ...found } : { ...namespace, ...found };
}
