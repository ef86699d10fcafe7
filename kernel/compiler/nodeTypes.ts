/** The declarations of Node's own modules: a core that every session reads, and each other module when it is needed. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Typescript, typescriptPath } from "./typescript.js";

/** What most cells get by with: a tenth of the text of all. */
const CORE = new Set(["buffer", "console", "events", "path", "process", "timers", "url"]);

/** Large modules that others import for a type or two: read only for code that names them, or a module next to them. */
const LARGE = new Set(["crypto", "dns", "fs/promises", "http", "stream", "tls", "worker_threads"]);

/** Globals that are declared in modules outside the core. Those that are missing here cost a reading of everything. */
const GLOBALS: Readonly<Record<string, RegExp>> = {
  crypto: /\b(crypto|Crypto\w*|SubtleCrypto)\b/,
  perf_hooks: /\b[pP]erformance\w*\b/,
  "stream/web": /\b[A-Z]\w*Stream\w*\b/,
  tty: /\bstd(in|out|err)\b/,
  util: /\bText(En|De)coder\b/,
  "web-globals/fetch": /\b(fetch|Request|Response|Headers|FormData|WebSocket|EventSource)\b/,
  worker_threads: /\b(MessageChannel|MessagePort|BroadcastChannel|structuredClone)\b/,
};

/** The declarations installed with the kernel, and which of them are read. */
export class NodeTypes {
  /** The folder in which TypeScript looks for `/// <reference types="node" />`. */
  readonly typeRoot: string;
  /** Module (or part of the globals) to file. */
  private readonly files: ReadonlyMap<string, string>;
  private readonly read = new Set<string>();

  /** @throws Error  when there are none */
  constructor(ts: Typescript) {
    const requires = [createRequire(import.meta.url), createRequire(typescriptPath())];
    const folder = dirname(resolveFirst("@types/node/package.json", requires));
    this.typeRoot = dirname(folder);
    const found = ts.resolveTypeReferenceDirective("node", undefined, { typeRoots: [this.typeRoot] }, ts.sys);
    const index = found.resolvedTypeReferenceDirective?.resolvedFileName ?? join(folder, "index.d.ts");
    const references = readFileSync(index, "utf8").matchAll(/^\/\/\/ <reference path="([^"]+)\.d\.ts"/gm);
    const files = [...references].map(([, path = ""]): [string, string] => [
      path.replace(/^(\.\.\/)+/, ""),
      join(dirname(index), `${path}.d.ts`),
    ]);
    this.files = new Map(files);
    for (const [name] of files) if (isCore(name)) this.read.add(name);
  }

  /** Text of a declaration file that brings along what is read. */
  get text(): string {
    return [...this.read].map((name) => `/// <reference path="${this.files.get(name)}" />\n`).join("");
  }

  /** Reads what the code in `texts` imports and mentions. Returns whether that is new. */
  readFor(...texts: readonly string[]): boolean {
    const named = texts.flatMap((text) => [
      ...[...text.matchAll(/["'](?:node:)?([a-z_0-9/]+)["']/g)].map(([, name = ""]) => name),
      ...Object.keys(GLOBALS).filter((name) => GLOBALS[name]?.test(text)),
    ]);
    return this.add(named);
  }

  /** Reads modules by name (`fs`, `node:fs`), with those that they import. Returns whether that is new. */
  add(modules: Iterable<string>): boolean {
    const before = this.read.size;
    const waiting = [...modules].map((name) => ({ name: name.replace(/^node:/, ""), isNamed: true }));
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const file = this.files.get(next.name);
      if (file === undefined || this.read.has(next.name)) continue;
      this.read.add(next.name);
      for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/ from "(?:node:)?([a-z_0-9/]+)";/g)) {
        if (next.isNamed || !LARGE.has(name)) waiting.push({ name, isNamed: false });
      }
    }
    return this.read.size > before;
  }

  /** Reads everything. Returns whether that is new. */
  addAll(): boolean {
    return this.add(this.files.keys());
  }
}

function isCore(name: string): boolean {
  return (
    CORE.has(name) || (/^(ts\d|compatibility|globals|buffer\.buffer|web-globals)/.test(name) && !/fetch$/.test(name))
  );
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
