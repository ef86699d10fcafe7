/** What surrounds every cell: the compiler's settings, and the declarations of the kernel's globals. */

import { fileURLToPath } from "node:url";
import type ts from "typescript";
import type { NodeTypes } from "./nodeTypes.js";
import type { Typescript } from "./typescript.js";

/** What cells can name without importing it. */
export interface Globals {
  /** A `.d.ts` whose exported constants become globals. */
  readonly constantsFile: string;
  /** Names for whole modules, which are resolved from that file. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** Packages that a cell always gets from the kernel's own installation, so that there is one copy of each. */
export const OWN_PACKAGES: readonly string[] = ["@tensorflow/tfjs", "arquero", "tslab"];

/** The settings under which cells are checked and emitted: strict, as ES modules, with their declarations. */
export function compilerOptions(ts: Typescript, { typeRoot }: NodeTypes): ts.CompilerOptions {
  return {
    module: ts.ModuleKind.ESNext, // keeps dynamic `import()`
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts"],
    types: [], // They are among the global files.
    typeRoots: [typeRoot],
    paths: ownPackagePaths(ts),
    strict: true,
    esModuleInterop: true,
    experimentalDecorators: true,
    resolveJsonModule: true,
    jsx: ts.JsxEmit.React,
    allowUmdGlobalAccess: true,
    allowImportingTsExtensions: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    declaration: true,
    inlineSourceMap: true,
    newLine: ts.NewLineKind.LineFeed,
    outDir: "outDir", // Nothing is written; without it a .js file would be its own output.
  };
}

/**
 * The text of the declaration files that exist only for the compiler. The constants are exports in the source, so that
 * only cells see them; the namespaces are UMD globals, which stand for values and for types (`tf.Tensor`).
 *
 * @param loaded  names of the namespaces whose modules are read; the others are empty, but can be completed
 */
export function globalFiles(
  globals: Globals,
  nodeTypes: NodeTypes,
  loaded: ReadonlySet<string>,
  sys: ts.System,
): Map<string, string> {
  const { constantsFile, namespaces } = globals;
  const files = new Map<string, string>();
  const text = sys.readFile(constantsFile) ?? "";
  const start = text.search(/^(\/\*\*[^/]*\*\/\s*)?export declare const /m);
  const constants = text.slice(start).replace(/^export declare const /gm, "const ");
  files.set(constantsFile, `${text.slice(0, start)}declare global {\n${constants}\n}`);
  for (const [name, module] of Object.entries(namespaces)) {
    const exported = loaded.has(name) ? `export * from "${module}";` : "export {};";
    files.set(globalFile(globals, name), `${exported}\nexport as namespace ${name};\n`);
  }
  files.set(globalFile(globals, "node"), nodeTypes.text);
  return files;
}

/** The file that declares a namespace, or (`node`) refers to the declarations of Node. */
export function globalFile({ constantsFile }: Globals, name: string): string {
  return constantsFile.replace(/\.d\.ts$/, `.${name}.d.ts`);
}

/** Whether a file is one of those that declare the globals. */
export function declaresGlobals({ constantsFile }: Globals, fileName: string): boolean {
  return fileName.startsWith(constantsFile.replace(/d\.ts$/, "")) && fileName.endsWith(".d.ts");
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
