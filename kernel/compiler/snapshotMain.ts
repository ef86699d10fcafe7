/**
 * The compiler in a process that starts from a snapshot of its memory: TypeScript is loaded and the declarations are
 * parsed when it begins. It does nothing but answer, so it reads and writes its pipes without an event loop.
 */

import { readSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { startupSnapshot } from "node:v8";
import { Tidying } from "../garbage.js";
import { answerCall, type CompilerCall } from "./calls.js";
import { rehearseCells } from "./rehearsal.js";
import { createCells, createTslabCompiler } from "./tslabCompiler.js";
import type { Typescript } from "./typescript.js";

const [INPUT, OUTPUT] = [0, 1];

/** Makes everything ready in the process that builds the snapshot, and prints the files that were read as JSON. */
export function freeze(ts: Typescript): void {
  const cells = createCells(ts);
  rehearseCells(createTslabCompiler(ts, cells)); // A completion would leave a collator, which no snapshot can hold.
  const { program } = cells.update("", "");
  const paths = program.getSourceFiles().map(({ fileName }) => fileName);
  writeAll(JSON.stringify(paths.filter((path) => ts.sys.fileExists(path)))); // Some exist only for the compiler.
  startupSnapshot.setDeserializeMainFunction(() => {
    cells.startIn(process.cwd());
    cells.update("", "");
    const compiler = createTslabCompiler(ts, cells);
    const tidying = new Tidying();
    for (const line of lines()) {
      writeAll(`${JSON.stringify(answerCall(compiler, JSON.parse(line) as CompilerCall))}\n`);
      tidying.used();
    }
    process.exit(0); // The host is gone.
  });
}

/** The lines of the input until its end. */
function* lines(): Generator<string, void, undefined> {
  const buffer = Buffer.allocUnsafe(65_536);
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for (let size = readSome(buffer); size > 0; size = readSome(buffer)) {
    rest += decoder.write(buffer.subarray(0, size));
    const whole = rest.split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) yield line;
  }
}

function readSome(buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(INPUT, buffer);
    } catch (error) {
      if (!isBusy(error)) return 0;
    }
  }
}

function writeAll(text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(OUTPUT, bytes, written);
    } catch (error) {
      if (!isBusy(error)) process.exit(0); // Nobody reads any more.
    }
  }
}

/** Where pipes do not block, waits a moment. */
function isBusy(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return false;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  return true;
}
