/** How a cell imports: from its working directory, with one copy of the packages that the kernel itself uses. */

import { createRequire, Module } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { SideModule } from "../compiler/cellCompiler.js";
import { cellTimersPromises } from "./cellTimers.js";
import { tslabModule } from "./display.js";
import type { Namespace, Preloaded } from "./preload.js";

/** Loads what cells import. */
export class CellModules {
  /** `require` as seen from the working directory. */
  readonly require: NodeJS.Require;
  /** `import()` as seen from the working directory. */
  private readonly importHere: (specifier: string) => Promise<Namespace>;
  private readonly sideCode = new Map<string, string>();
  private readonly sideModules = new Map<string, Module>();

  /**
   * @param cwd        where relative and package specifiers resolve from
   * @param preloaded  the packages that cells share with the kernel
   */
  constructor(
    private readonly cwd: string,
    private readonly preloaded: Preloaded,
  ) {
    const filename = resolve(cwd, "cell.js");
    this.require = createRequire(filename);
    const loader = { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
    this.importHere = vm.runInThisContext("(specifier) => import(specifier)", { filename, ...loader });
  }

  /** Takes newly compiled modules of the working directory; after an edit all of them are loaded anew. */
  update(modules: readonly SideModule[]): void {
    if (modules.length > 0) this.sideModules.clear();
    for (const { path, code } of modules) this.sideCode.set(path, code);
  }

  /**
   * Imports `specifier`.
   *
   * @param wanted  names that the cell takes: those that Node did not find in a CommonJS module's text are looked
   *                up in what the module exports
   */
  async import(specifier: string, wanted: readonly string[] = []): Promise<Namespace> {
    if (specifier === "tslab") return tslabModule();
    if (/^(node:)?timers\/promises$/.test(specifier)) return cellTimersPromises();
    if (this.preloaded.owns(specifier)) return this.preloaded.load(specifier);
    const side = this.loadSide(this.cwd, specifier);
    if (side !== null) return side as Namespace;
    if (specifier.endsWith(".json")) return { default: this.require(specifier) };
    const local = specifier.startsWith("/") ? pathToFileURL(specifier).href : specifier;
    return withCommonJsNames(await this.importHere(local), wanted);
  }

  private loadSide(directory: string, specifier: string): unknown {
    if (!/^\.{0,2}\//.test(specifier)) return null;
    const path = resolve(directory, specifier).replace(/\.[mc]?ts$/, ".js");
    const filename = [path, `${path}.js`, `${path}/index.js`].find((candidate) => this.sideCode.has(candidate));
    if (filename === undefined) return null;
    const loaded = this.sideModules.get(filename);
    if (loaded !== undefined) return loaded.exports;

    const module = new Module(filename);
    this.sideModules.set(filename, module);
    const requireThere = createRequire(filename);
    const require = (request: string): unknown => this.loadSide(dirname(filename), request) ?? requireThere(request);
    const wrapped = vm.runInThisContext(Module.wrap(this.sideCode.get(filename) ?? ""), { filename });
    wrapped(module.exports, require, module, filename, dirname(filename));
    return module.exports;
  }
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
