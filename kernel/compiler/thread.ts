/** The compiler in a thread of the host: what runs where there is no snapshot of it. */

import { parentPort } from "node:worker_threads";
import { Tidying } from "../garbage.js";
import { answerCall, type CompilerCall } from "./calls.js";
import { loadTypescript } from "./loadTypescript.js";
import { rehearse } from "./rehearsal.js";
import { createTslabCompiler } from "./tslabCompiler.js";

/** A first start that finds no code of an earlier one keeps its own when it has been quiet for this long. */
const KEEP_CODE_AFTER_MS = 10_000;

if (parentPort !== null) {
  const port = parentPort;
  const { ts, script } = loadTypescript();
  const compiler = createTslabCompiler(ts);
  const tidying = new Tidying();
  const keep = (): void => {
    rehearse(compiler);
    script.save();
  };
  const keeping = script.isCached ? null : setTimeout(keep, KEEP_CODE_AFTER_MS).unref();
  port.on("message", (call: CompilerCall) => {
    keeping?.refresh();
    port.postMessage(answerCall(compiler, call));
    tidying.used();
  });
}
