/** What makes the next start fast: the compiled code of TypeScript, kept when its functions have been in use. */

import type { CellCompiler } from "./cellCompiler.js";
import type { CachedScript } from "./codeCache.js";
import { createTslabCompiler } from "./tslabCompiler.js";
import { loadTypescript } from "./typescript.js";

/** Cells that need most of what cells need. */
const REHEARSAL = [
  'const first: number = 40;\nconsole.log(first, "text");\nfirst + 2',
  "interface Point { x: number }\nclass Place implements Point { constructor(readonly x = 1) {} }\n[new Place()].map(({ x }) => x)",
  'import { join } from "node:path";\nasync function late(): Promise<string> { return join("a", "b") }\nawait late()',
];

/**
 * Prepares this machine for fast starts: run by `sptlab install`.
 *
 * @returns  the file in which the code is kept; null when it cannot be written
 */
export function prepareCompiler(): string | null {
  const { ts, script } = loadTypescript();
  return keepCode(createTslabCompiler(ts), script);
}

/** Compiles, completes and inspects a little, which leaves the session as it is, then keeps the code that has run. */
export function keepCode(compiler: CellCompiler, script: CachedScript): string | null {
  for (const source of REHEARSAL) {
    const compiled = compiler.compile(source);
    if (compiled.status === "ok") compiler.discard(compiled.id);
  }
  compiler.complete("const some = 1;\nsome.to", 23);
  compiler.complete("conso", 5);
  compiler.inspect("console.log", 11);
  return script.save();
}
