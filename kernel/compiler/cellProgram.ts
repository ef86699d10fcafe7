/** One TypeScript program that changes with each cell; all files but the cell's own keep their syntax trees. */

import { statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type ts from "typescript";
import { withAbsoluteModules } from "./declarations.js";
import { withoutComments } from "./documentation.js";
import { compilerOptions, type Globals, globalFile, globalFiles } from "./environment.js";
import { NodeTypes } from "./nodeTypes.js";
import { internals, localsOf, type Typescript } from "./typescript.js";

/** Stands before each source and declaration text: what has it is a module, whose names are its own. */
export const MODULE_PREFIX = "export {};\n";

/** A cell as part of the program. */
export interface CellView {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly cell: ts.SourceFile;
  /** What earlier cells declared: the scope around the cell. */
  readonly declarations: ts.SourceFile;
}

/** The program of a session. */
export class CellProgram {
  private readonly nodeTypes: NodeTypes;
  private readonly options: ts.CompilerOptions;
  /** The session's working directory. */
  folder: string;
  private cellPath: string;
  private declarationsPath: string;
  private readonly host: ts.CompilerHost & { hasInvalidatedResolutions(path: string): boolean };
  private readonly files = new Map<string, { readonly file: ts.SourceFile | undefined; readonly stamp: string }>();
  private readonly loaded = new Set<string>();
  private globalTexts: Map<string, string>;
  private cell: ts.SourceFile;
  private declarations: ts.SourceFile;
  /** Files whose imports are known. */
  private readonly scanned = new WeakSet<ts.SourceFile>();
  /** Where the imports of installed files lead; those of others are looked up anew for each cell. */
  private readonly installed: ts.ModuleResolutionCache;
  private resolved: ts.ModuleResolutionCache | undefined;
  private view: CellView | null = null;

  /** @param cwd  where the cells' imports resolve from */
  constructor(
    private readonly ts: Typescript,
    private readonly globals: Globals,
    cwd: string,
  ) {
    ts.sys.useCaseSensitiveFileNames = true;
    this.nodeTypes = new NodeTypes(ts);
    this.options = compilerOptions(ts, this.nodeTypes);
    this.folder = asFolder(cwd);
    this.cellPath = cellPathIn(this.folder);
    this.declarationsPath = declarationsPathIn(this.folder);
    this.globalTexts = globalFiles(globals, this.nodeTypes, this.loaded, ts.sys);
    this.cell = this.parse(this.cellPath, MODULE_PREFIX);
    this.declarations = this.parse(this.declarationsPath, MODULE_PREFIX);
    this.installed = newResolutions(ts);
    this.host = this.createHost();
  }

  /** The program in which `source` is the cell and `declarations` what it finds around it. */
  update(declarations: string, source: string): CellView {
    this.loadNamed(source, declarations);
    const texts = { cell: MODULE_PREFIX + source, declarations: MODULE_PREFIX + declarations };
    const { view } = this;
    const isSame = this.cell.text === texts.cell && this.declarations.text === texts.declarations;
    if (view !== null && isSame && importsNothingLocal(view.cell)) return view;
    this.cell = this.parse(this.cellPath, texts.cell);
    if (this.declarations.text !== texts.declarations) {
      this.declarations = this.parse(this.declarationsPath, texts.declarations);
    }
    this.resolved = undefined; // A package may have been installed meanwhile.
    const program = this.ts.createProgram({
      rootNames: [this.declarationsPath, this.cellPath, ...this.globalTexts.keys()],
      options: this.options,
      host: this.host,
      ...(view && { oldProgram: view.program }),
    });
    if (this.nodeTypes.add(this.missingModules(program))) {
      this.reload(["node"]);
      return this.update(declarations, source);
    }
    const checker = program.getTypeChecker(); // binds all files
    (this.cell as { parent?: ts.Node }).parent = this.declarations; // Names are looked up there next.
    this.view = { program, checker, cell: this.cell, declarations: this.declarations };
    return this.view;
  }

  /** Reads the declarations of all of Node, after which the view must be updated. Returns whether that is new. */
  loadNode(): boolean {
    const isNew = this.nodeTypes.addAll();
    if (isNew) this.reload(["node"]);
    return isNew;
  }

  /** The whole text of a file that is read without its comments. */
  readDocumented(path: string): string | undefined {
    return isInstalled(path) && path.endsWith(".d.ts") ? this.host.readFile(path) : undefined;
  }

  /** Begins the session in another folder than the one for which the program was made. */
  startIn(directory: string): void {
    this.folder = asFolder(directory);
    this.declarationsPath = declarationsPathIn(this.folder);
    this.declarations = this.parse(this.declarationsPath, MODULE_PREFIX);
    this.moveTo(directory);
  }

  /** Moves the cell to another folder, from where its imports then resolve. */
  moveTo(directory: string): void {
    this.cellPath = cellPathIn(asFolder(directory));
    this.cell = this.parse(this.cellPath, ""); // The view is out of date.
  }

  /** Names that `source` declares at its top level. */
  namesOf(source: string): string[] {
    const file = this.parse(this.cellPath, MODULE_PREFIX + source);
    internals(this.ts).bindSourceFile(file, this.options);
    const names = [...localsOf(file).keys()].map((name) => this.ts.unescapeLeadingUnderscores(name));
    return names.filter((name) => name !== "__global"); // the symbol of `declare global`
  }

  /** The cell's own file and those of the user that it imports, directly or not. */
  localFiles({ program, cell }: CellView): ts.SourceFile[] {
    const found = new Set([cell]);
    for (const file of found) {
      for (const path of resolutions(file).values()) {
        const imported = path === undefined ? undefined : program.getSourceFile(path);
        if (imported !== undefined && /(?<!\.d)\.[cm]?[jt]sx?$/.test(imported.fileName)) found.add(imported);
      }
    }
    return [...found];
  }

  /** A cell's declarations as they hold in the session's folder: what it imports from another one is named by its path. */
  namedByPath(declarations: string, cell: ts.SourceFile): string {
    if (this.cellPath === cellPathIn(this.folder)) return declarations;
    const paths = resolutions(cell);
    const named = declarations.replace(/(\bfrom |\bimport\()(["'])([^"']+)\2/g, (all, before, quote, specifier) => {
      const path = paths.get(specifier);
      return path === undefined ? all : `${before}${quote}${path}${quote}`;
    });
    return withAbsoluteModules(named, dirname(this.cellPath));
  }

  private parse(path: string, text: string): ts.SourceFile {
    return this.ts.createSourceFile(path, text, this.options.target ?? this.ts.ScriptTarget.ES2022);
  }

  /** A namespace's module is read when a text first names it: TensorFlow.js alone has hundreds of files. */
  private loadNamed(...texts: readonly string[]): void {
    const isNamed = (name: string): boolean => texts.some((text) => new RegExp(`\\b${name}\\b`).test(text));
    const named = Object.keys(this.globals.namespaces).filter((name) => !this.loaded.has(name) && isNamed(name));
    for (const name of named) this.loaded.add(name);
    const changed = this.nodeTypes.readFor(...texts) ? ["node", ...named] : named;
    if (changed.length > 0) this.reload(changed);
  }

  private reload(globals: readonly string[]): void {
    for (const name of globals) this.files.delete(globalFile(this.globals, name));
    this.globalTexts = globalFiles(this.globals, this.nodeTypes, this.loaded, this.ts.sys);
    this.cell = this.parse(this.cellPath, ""); // The view is out of date.
  }

  /** Node's modules that new files of the program import and that are not read. */
  private missingModules(program: ts.Program): string[] {
    const fresh = program.getSourceFiles().filter((file) => !this.scanned.has(file));
    for (const file of fresh) this.scanned.add(file);
    return fresh.flatMap((file) => {
      if (file.fileName.startsWith(this.nodeTypes.typeRoot) || isPartOfGlobals(file.fileName)) return [];
      return [...resolutions(file)].flatMap(([name, path]) => (path === undefined && isBuiltin(name) ? [name] : []));
    });
  }

  private createHost(): typeof this.host {
    const { ts } = this;
    const { sys } = ts;
    return {
      ...ts.createCompilerHost(this.options),
      // Not the session's folder, which is never asked for: where it changes, TypeScript looks for its own files anew.
      getCurrentDirectory: () => OWN_BUILD,
      getModuleResolutionCache: () => this.installed,
      readFile: (path) => this.globalTexts.get(path) ?? sys.readFile(path),
      fileExists: (path) => this.globalTexts.has(path) || sys.fileExists(path),
      getSourceFile: (path, options) => this.sourceFile(path, options),
      resolveModuleNameLiterals: (literals, from, redirect, options) => {
        this.resolved ??= newResolutions(ts);
        const known = isInstalled(from) ? this.installed : this.resolved;
        // Node's modules are declared, not found: looking for them in every folder above takes long.
        return literals.map(({ text }) =>
          isBuiltin(text)
            ? { resolvedModule: undefined }
            : ts.resolveModuleName(text, from, options, this.host, known, redirect),
        );
      },
      // An import that failed is tried again: the file may be there by now.
      hasInvalidatedResolutions: (path) => {
        const file = isInstalled(path) ? undefined : this.files.get(path)?.file;
        if (file === undefined) return false;
        return [...resolutions(file)].some(([specifier, found]) => found === undefined && !isBuiltin(specifier));
      },
    };
  }

  private readInstalled(path: string): string | undefined {
    const text = this.host.readFile(path);
    if (text === undefined) return undefined;
    const isBare = isPartOfGlobals(path) && path !== globalFile(this.globals, "node");
    return withoutComments(isBare ? text.replace(NODE_REFERENCE, "") : text);
  }

  private sourceFile(path: string, options: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    if (path === this.cellPath) return this.cell;
    if (path === this.declarationsPath) return this.declarations;
    const known = this.files.get(path);
    const stamp = isInstalled(path) ? "installed" : stampOf(path);
    if (known?.stamp === stamp) return known.file;
    const text = isInstalled(path) ? this.readInstalled(path) : this.host.readFile(path);
    const file = text === undefined ? undefined : this.ts.createSourceFile(path, text, options);
    this.files.set(path, { file, stamp });
    return file;
  }
}

/** Stands in files that need little of Node, and would bring all of it along. */
const NODE_REFERENCE = /^\/\/\/ <reference types="node".*$/gm;

function asFolder(path: string): string {
  return path.replaceAll("\\", "/").replace(/\/$/, "");
}

function cellPathIn(directory: string): string {
  return `${directory}/__cell__.ts`;
}

function newResolutions(ts: Typescript): ts.ModuleResolutionCache {
  return ts.createModuleResolutionCache(OWN_BUILD, (name) => name);
}

function declarationsPathIn(directory: string): string {
  return `${directory}/__session__.d.ts`;
}

const OWN_BUILD = fileURLToPath(new URL("../..", import.meta.url));

/** Our own declarations and those of `fetch`: what they import of Node is read only when a cell needs it, too. */
function isPartOfGlobals(path: string): boolean {
  return path.startsWith(OWN_BUILD) || path.includes("/node_modules/undici-types/");
}

/** Installed packages and this build do not change while the kernel runs. */
function isInstalled(path: string): boolean {
  return path.includes("/node_modules/") || path.startsWith(OWN_BUILD);
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "absent" : `${stat.mtimeMs} ${stat.size}`;
}

/** Whether the imports of a file can lead nowhere else, whatever the user edits. */
function importsNothingLocal(file: ts.SourceFile): boolean {
  return [...resolutions(file)].every(([name, path]) => (path === undefined ? isBuiltin(name) : isInstalled(path)));
}

/** What the imports of a file lead to, by specifier; undefined for those that lead to no file. */
function resolutions(file: ts.SourceFile): ReadonlyMap<string, string | undefined> {
  interface Resolved {
    forEach(visit: (resolution: ts.ResolvedModuleWithFailedLookupLocations, specifier: string) => void): void;
  }
  const found = new Map<string, string | undefined>();
  const { resolvedModules } = file as unknown as { readonly resolvedModules?: Resolved };
  resolvedModules?.forEach(({ resolvedModule }, specifier) => {
    found.set(specifier, resolvedModule?.resolvedFileName);
  });
  return found;
}
