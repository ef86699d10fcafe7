/** A little of everything that cells ask of the compiler, so that the code which they need is there before they come. */

import type { CellCompiler } from "./cellCompiler.js";

const CELLS: readonly string[] = [
  'const first: number = 40;\nconsole.log(first, "text");\nfirst + 2',
  "interface Point { x: number }\nclass Place implements Point { constructor(readonly x = 1) {} }\n[new Place()].map(({ x }) => x)",
  'import { join } from "node:path";\nasync function late(): Promise<string> { return join("a", "b") }\nawait late()',
];

/** Compiles and inspects; the session stays as it is. */
export function rehearseCells(compiler: CellCompiler): void {
  for (const source of CELLS) {
    const compiled = compiler.compile(source);
    if (compiled.status === "ok") compiler.discard(compiled.id);
  }
  compiler.inspect("console.log", 11);
}

/** The same, and completes. */
export function rehearse(compiler: CellCompiler): void {
  rehearseCells(compiler);
  compiler.complete("const some = 1;\nsome.to", 23);
  compiler.complete("conso", 5);
}
