/** tslab's converter on a TypeScript whose hard-wired settings are replaced by ours. */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type ts from "typescript";

/** The compiler API that tslab brings along (5.0.4, with a few functions opened up). */
export type Typescript = typeof ts;

/** What tslab's `createConverter` returns, as far as we use it. Positions are UTF-16 units, lines from 0. */
export interface Converter {
  convert(previous: string, source: string): ConvertResult;
  inspect(previous: string, source: string, position: number): ts.QuickInfo | undefined;
  complete(previous: string, source: string, position: number): ConvertedCompletion;
}

/** The outcome of one conversion; `output` is ES module text here, because our `transpileModule` leaves it so. */
export interface ConvertResult {
  readonly output?: string;
  readonly declOutput?: string;
  readonly lastExpressionVar?: string;
  readonly sideOutputs?: readonly { readonly path: string; readonly data: string }[];
  readonly diagnostics: readonly ConvertedDiagnostic[];
}

interface Position {
  readonly line: number;
  readonly character: number;
}

/** A fault as tslab reports it. */
export interface ConvertedDiagnostic {
  readonly start: Position;
  readonly end: Position;
  readonly messageText: string;
  readonly code: number;
  readonly fileName?: string;
}

/** Candidates as tslab reports them. */
export interface ConvertedCompletion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly string[];
  readonly original?: ts.CompletionInfo;
}

/** What is added to each emit of a cell. */
export type BeforeEmit = (program: ts.Program) => ts.TransformerFactory<ts.SourceFile>;

/** What cells can name without importing it. */
export interface Globals {
  /** A `.d.ts` whose exported constants become globals. */
  readonly constantsFile: string;
  /** Names for whole modules, which are resolved from that file. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** Packages that a cell always gets from the kernel's own installation, so that there is one copy of each. */
export const OWN_PACKAGES: readonly string[] = ["@tensorflow/tfjs", "arquero", "tslab"];

/**
 * Loads tslab's converter with: bundler module resolution, strict checks, our own type roots and ambient globals,
 * dynamic `import()` kept, an inline source map, and `beforeEmit` run first on each emitted file.
 * Must run once per thread, before anything else loads tslab.
 *
 * @param globals  what every cell can name without importing it
 */
export function loadConverter(globals: Globals, beforeEmit: BeforeEmit): { ts: Typescript; converter: Converter } {
  const own = createRequire(import.meta.url);
  const converterPath = join(dirname(own.resolve("tslab/package.json")), "dist", "converter.js");
  const fromTslab = createRequire(converterPath);
  const typescriptPath = fromTslab.resolve("@tslab/typescript-for-tslab");
  const ts = fromTslab("@tslab/typescript-for-tslab") as Typescript;
  const settings = compilerOptions(ts, own, fromTslab);

  // The original's properties are getters, so the copy is a plain object.
  const patched: Record<string, unknown> = { ...ts };
  ts.sys.useCaseSensitiveFileNames = true; // tslab sets it on its copy only; ts itself reads it here.
  const virtual = virtualFiles(globals, ts.sys);
  patched.sys = {
    ...ts.sys,
    readFile: (path: string) => virtual.get(path) ?? ts.sys.readFile(path),
    fileExists: (path: string) => virtual.has(path) || ts.sys.fileExists(path),
    watchFile: (path: string, ...rest: [ts.FileWatcherCallback, number?]) =>
      path.includes("/node_modules/") || virtual.has(path) ? UNWATCHED : ts.sys.watchFile?.(path, ...rest),
    watchDirectory: () => UNWATCHED,
  };
  patched.transpileModule = (text: string) => ({ outputText: text });
  patched.createWatchCompilerHost = (roots: string[], options: ts.CompilerOptions, ...rest: unknown[]) => {
    const create = ts.createWatchCompilerHost as (...args: unknown[]) => object;
    return interceptEmit(create([...roots, ...virtual.keys()], { ...options, ...settings }, ...rest), beforeEmit);
  };
  const loaded = fromTslab.cache[typescriptPath];
  if (loaded === undefined) throw new Error(`expected ${typescriptPath} in the module cache after loading it`);
  loaded.exports = patched;
  const { createConverter } = own(converterPath) as { createConverter(options: object): Converter };
  return { ts, converter: createConverter({ isJS: false, isBrowser: false }) };
}

/** Installed packages are not watched: polling their hundreds of files costs more than the compiler itself. */
const UNWATCHED: ts.FileWatcher = { close: () => undefined };

function compilerOptions(ts: Typescript, own: NodeJS.Require, fromTslab: NodeJS.Require): ts.CompilerOptions {
  return {
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    typeRoots: [dirname(dirname(resolveFirst("@types/node/package.json", [own, fromTslab])))],
    types: ["node"],
    inlineSourceMap: true,
    allowUmdGlobalAccess: true,
    paths: ownPackagePaths(ts),
  };
}

/**
 * Declaration files that exist only for the compiler. The constants are exports in the source, so that only cells see
 * them; the namespaces are UMD globals, which stand for values and for types (`tf.Tensor`).
 */
function virtualFiles({ constantsFile, namespaces }: Globals, sys: ts.System): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const text = sys.readFile(constantsFile) ?? "";
  const start = text.search(/^(\/\*\*[^/]*\*\/\s*)?export declare const /m);
  const constants = text.slice(start).replace(/^export declare const /gm, "const ");
  files.set(constantsFile, `${text.slice(0, start)}declare global {\n${constants}\n}`);
  for (const [name, module] of Object.entries(namespaces)) {
    const file = constantsFile.replace(/\.d\.ts$/, `.${name}.d.ts`);
    files.set(file, `export * from "${module}";\nexport as namespace ${name};\n`);
  }
  return files;
}

/** Whether a file is one of those that declare the globals. */
export function declaresGlobals({ constantsFile }: Globals, fileName: string): boolean {
  return fileName.startsWith(constantsFile.replace(/d\.ts$/, "")) && fileName.endsWith(".d.ts");
}

function resolveFirst(request: string, from: readonly NodeJS.Require[]): string {
  for (const require of from) {
    try {
      return require.resolve(request);
    } catch {
      // Not installed beside this package: ask the next one.
    }
  }
  throw new Error(`${request} is not installed; run npm ci in the folder of sptlab`);
}

function ownPackagePaths(ts: Typescript): Record<string, string[]> {
  const here = fileURLToPath(import.meta.url);
  const paths: Record<string, string[]> = { sptlab: [fileURLToPath(new URL("../../lib/index.d.ts", import.meta.url))] };
  const options = { moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext };
  for (const name of OWN_PACKAGES) {
    const found = ts.resolveModuleName(name, here, options, ts.sys).resolvedModule?.resolvedFileName;
    if (found !== undefined) paths[name] = [found];
  }
  return paths;
}

type Emit = (
  file: ts.SourceFile,
  write: unknown,
  token: unknown,
  only: unknown,
  custom: ts.CustomTransformers,
) => unknown;

interface Builder {
  getProgram(): ts.Program;
  emit: Emit;
}

/** tslab sets `afterProgramCreate` on the host; what it sets gets a builder that runs our transformer first. */
function interceptEmit(host: object, beforeEmit: BeforeEmit): object {
  let receive: (builder: Builder) => void = () => undefined;
  return Object.defineProperty(host, "afterProgramCreate", {
    get: () => (builder: Builder) => {
      const emit: Emit = (file, write, token, only, custom) => {
        const before = [beforeEmit(builder.getProgram()), ...(custom.before ?? [])];
        return builder.emit(file, write, token, only, { ...custom, before } as ts.CustomTransformers);
      };
      receive({ ...builder, emit });
    },
    set: (value: (builder: Builder) => void) => {
      receive = value;
    },
  });
}
