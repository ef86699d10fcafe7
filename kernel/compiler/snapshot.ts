/** The snapshot of the compiler's memory: made by `sptlab install`, used as long as nothing that went into it changes. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { userCacheDirectory } from "../userFolders.js";
import { type Typescript, typescriptPath } from "./typescript.js";

/** Stands beside a snapshot: its size, and what it was made from. */
interface Manifest {
  readonly sizeBytes: number;
  /** Path to size and time of change. */
  readonly inputs: Readonly<Record<string, string>>;
}

const MAIN = fileURLToPath(new URL("./snapshotMain.js", import.meta.url));

/** The snapshot of this build for this Node; null when there is none that fits. */
export function findSnapshot(folder = userCacheDirectory()): string | null {
  const { blob, manifest } = filesIn(folder);
  try {
    const { sizeBytes, inputs } = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
    if (statSync(blob).size !== sizeBytes) return null;
    return Object.entries(inputs).every(([path, stamp]) => stampOf(path) === stamp) ? blob : null;
  } catch {
    return null; // Not made, or one of its inputs is gone.
  }
}

/**
 * Makes the snapshot in a process of its own (some seconds).
 *
 * @returns  its file; null when this Node makes none, or the folder cannot be written to
 */
export function makeSnapshot(ts: Typescript, folder = userCacheDirectory()): string | null {
  const { blob, manifest } = filesIn(folder);
  let work: string | null = null;
  try {
    mkdirSync(folder, { recursive: true });
    work = mkdtempSync(join(folder, "snapshot-"));
    const bundle = bundleOf(ts);
    writeFileSync(join(work, "bundle.cjs"), bundle.text);
    const args = ["--snapshot-blob", "blob", "--build-snapshot", "bundle.cjs"];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: work, encoding: "utf8" });
    if (status !== 0) return null;
    const inputs = [...bundle.files, ...(JSON.parse(stdout) as string[])].map((path) => [path, stampOf(path)]);
    const sizeBytes = statSync(join(work, "blob")).size;
    writeFileSync(join(work, "manifest"), JSON.stringify({ sizeBytes, inputs: Object.fromEntries(inputs) }));
    rmSync(manifest, { force: true }); // Between the two renames there is no snapshot, rather than a wrong one.
    renameSync(join(work, "blob"), blob);
    renameSync(join(work, "manifest"), manifest);
    return blob;
  } catch {
    return null;
  } finally {
    if (work !== null) rmSync(work, { recursive: true, force: true });
  }
}

function filesIn(folder: string): { readonly blob: string; readonly manifest: string } {
  const build = createHash("sha256").update(MAIN).digest("hex").slice(0, 12);
  const base = join(folder, `compiler-${build}-${process.version}-${process.platform}-${process.arch}`);
  return { blob: `${base}.blob`, manifest: `${base}.json` };
}

function stampOf(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

/** A snapshot is built from one CommonJS file: TypeScript, and our modules from `snapshotMain.js` on. */
function bundleOf(ts: Typescript): { readonly text: string; readonly files: readonly string[] } {
  const path = typescriptPath();
  const modules = new Map<string, string>();
  const add = (file: string): void => {
    if (modules.has(file)) return;
    const source = readFileSync(file, "utf8");
    modules.set(file, toCommonJs(ts, source));
    for (const [, specifier = ""] of source.matchAll(/^(?:import|export) [^"]*"(\.[^"]+)";$/gm)) {
      add(join(dirname(file), specifier));
    }
  };
  add(MAIN);
  const parameters = "exports, require, module, __filename, __dirname";
  const entries = [...modules].map(
    ([file, code]) => `${JSON.stringify(file)}: (exports, require, moduleUrl) => {${code}\n}`,
  );
  const text = [
    `const path = require("node:path"), url = require("node:url");`,
    `const typescript = { exports: {} };`,
    `(function (${parameters}) {${readFileSync(path, "latin1")}\n})`, // non-ASCII characters only in comments
    `(typescript.exports, require, typescript, ${JSON.stringify(path)}, ${JSON.stringify(dirname(path))});`,
    `const modules = {\n${entries.join(",\n")}\n};`,
    `const loaded = new Map();`,
    `function load(file) {`,
    `  if (loaded.has(file)) return loaded.get(file);`,
    `  const exports = {};`,
    `  loaded.set(file, exports);`,
    `  const local = (name) => name.startsWith(".") ? load(path.join(path.dirname(file), name)) : require(name);`,
    `  modules[file](exports, local, url.pathToFileURL(file).href);`,
    `  return exports;`,
    `}`,
    `load(${JSON.stringify(MAIN)}).freeze(typescript.exports);`,
  ].join("\n");
  return { text, files: [path, ...modules.keys()] };
}

function toCommonJs(ts: Typescript, source: string): string {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  const code = ts.transpileModule(source, { compilerOptions }).outputText;
  return code.replaceAll("import.meta.url", "moduleUrl").replace(/^\/\/# sourceMappingURL=.*$/m, "");
}
