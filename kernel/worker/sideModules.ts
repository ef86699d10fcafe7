/** Local modules of the user, evaluated as the ES modules that they are: live bindings, cycles, top-level await. */

import { readFileSync } from "node:fs";
import { Module } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { SideModule } from "../compiler/cellCompiler.js";
import type { Namespace } from "./preload.js";

/** What a module's file may be called for a specifier that leaves its ending out, or names what it compiles to. */
const ENDINGS = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx", "/index.ts", "/index.js"];

interface Loaded {
  readonly module: vm.Module;
  /** Local modules that it imports. */
  readonly dependencies: Set<string>;
  /** Set by the first import from a cell. */
  evaluated?: Promise<unknown>;
}

/** What the modules need of their surroundings. */
export interface SideModuleParts {
  /** Imports what is no local module, as seen from a folder. */
  readonly importFrom: (directory: string, specifier: string) => Promise<Namespace>;
  /** `require` as seen from a folder. */
  readonly requireFrom: (directory: string) => NodeJS.Require;
  /** Told of each module that is about to run, for tracebacks. */
  readonly onLoad: (path: string, source: string, code: string) => void;
}

/** Keeps each module until it, or a module that it imports, was edited. */
export class SideModules {
  private readonly compiled = new Map<string, SideModule>();
  private readonly loaded = new Map<string, Loaded>();

  constructor(private readonly parts: SideModuleParts) {}

  /** Takes the modules that a cell imports; those that changed, and all that import them, are loaded anew. */
  update(modules: readonly SideModule[]): void {
    const stale = new Set<string>();
    for (const module of modules) {
      if (this.compiled.get(module.path)?.code !== module.code) stale.add(module.path);
      this.compiled.set(module.path, module);
    }
    for (let size = -1; size !== stale.size; ) {
      size = stale.size;
      for (const [path, { dependencies }] of this.loaded) {
        if ([...dependencies].some((dependency) => stale.has(dependency))) stale.add(path);
      }
    }
    for (const path of stale) this.loaded.delete(path);
  }

  /** The file of a local module that was compiled; null for anything else. */
  find(directory: string, specifier: string): string | null {
    if (!/^(?:\.{0,2}\/|file:)/.test(specifier) && specifier !== "." && specifier !== "..") return null;
    const path = resolve(directory, specifier);
    const stem = path.replace(/\.([cm]?)jsx?$/, "");
    const candidates = [
      ...ENDINGS.map((ending) => path + ending),
      ...ENDINGS.slice(1, 5).map((ending) => stem + ending),
    ];
    return candidates.find((candidate) => this.compiled.has(candidate)) ?? null;
  }

  /** Evaluates the module at `path`, unless it was already. */
  async import(path: string): Promise<Namespace> {
    const loaded = this.load(path);
    loaded.evaluated ??= this.evaluate(loaded.module);
    try {
      await loaded.evaluated;
    } catch (error) {
      // What failed is tried again by the next import, as an edit elsewhere may have mended it.
      for (const [file, { module }] of this.loaded) if (module.status !== "evaluated") this.loaded.delete(file);
      throw error;
    }
    return loaded.module.namespace as Namespace;
  }

  private async evaluate(module: vm.Module): Promise<void> {
    if (module.status === "unlinked") await module.link((specifier, from) => this.link(specifier, from.identifier));
    await module.evaluate();
  }

  private async link(specifier: string, from: string): Promise<vm.Module> {
    const path = this.find(dirname(from), specifier);
    if (path === null) return syntheticModule(await this.parts.importFrom(dirname(from), specifier), specifier);
    this.loaded.get(from)?.dependencies.add(path);
    return this.load(path).module;
  }

  private load(path: string): Loaded {
    const known = this.loaded.get(path);
    if (known !== undefined) return known;
    const { code = "", format } = this.compiled.get(path) ?? {};
    this.parts.onLoad(path, readFileSync(path, "utf8"), code);
    const module = format === "commonjs" ? this.commonJs(path, code) : this.esModule(path, code);
    const loaded: Loaded = { module, dependencies: new Set() };
    this.loaded.set(path, loaded);
    return loaded;
  }

  private esModule(path: string, code: string): vm.Module {
    return new vm.SourceTextModule(code, {
      identifier: path,
      initializeImportMeta: (meta) => {
        Object.assign(meta, { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) });
      },
      importModuleDynamically: async (specifier) => {
        const file = this.find(dirname(path), specifier);
        if (file === null) {
          const module = syntheticModule(await this.parts.importFrom(dirname(path), specifier), specifier);
          await this.evaluate(module);
          return module;
        }
        await this.import(file);
        return this.load(file).module;
      },
    });
  }

  private commonJs(path: string, code: string): vm.Module {
    const module = new Module(path);
    const wrapped = vm.runInThisContext(Module.wrap(code), { filename: path });
    wrapped(module.exports, this.parts.requireFrom(dirname(path)), module, path, dirname(path));
    const members = typeof module.exports === "object" ? (module.exports as Namespace) : {};
    return syntheticModule({ ...members, default: module.exports }, path);
  }
}

/** A package's exports as a module that others can import; CommonJS members count as exports, as TypeScript sees them. */
function syntheticModule(namespace: Namespace, identifier: string): vm.Module {
  const inner = namespace.default;
  const members = typeof inner === "object" && inner !== null ? (inner as Namespace) : {};
  const all: Namespace = members.__esModule === true ? { ...namespace, ...members } : { ...members, ...namespace };
  const names = Object.keys(all);
  return new vm.SyntheticModule(
    names,
    function (this: vm.SyntheticModule) {
      for (const name of names) this.setExport(name, all[name]);
    },
    { identifier },
  );
}
