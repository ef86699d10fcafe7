/** The worker process: user code and the SPT library run here, and nothing that the protocol needs. */

import { randomUUID } from "node:crypto";
import { Tidying } from "../garbage.js";
import { KeyboardInterrupt } from "./cellContext.js";
import { CellRunner } from "./cellRunner.js";
import { installCellTimers } from "./cellTimers.js";
import { Comms } from "./comm.js";
import { installDebugView } from "./debugView.js";
import { installGlobals } from "./globals.js";
import { Inputs } from "./input.js";
import { CellModules } from "./modules.js";
import { openOutputPipe, tellHost } from "./outputPipe.js";
import { Preloaded } from "./preload.js";
import type { Outcome, ToWorker } from "./protocol.js";
import { RunningCells } from "./runningCells.js";
import { captureStreams, writeSentinel } from "./streams.js";
import { Tracebacks } from "./traceback.js";
import { startWatchdog } from "./watchdog.js";

/** Serves the host until it goes away. */
function serve(): void {
  const [secret = ""] = process.argv.splice(2);
  openOutputPipe(secret);
  const watchdog = startWatchdog();
  const preloaded = new Preloaded();
  const tracebacks = new Tracebacks();
  const modules = new CellModules(preloaded, (...loaded) => tracebacks.addModule(...loaded));

  const tidying = new Tidying();
  const onDone = (cell: number, outcome: Outcome, dead: readonly string[]): void => {
    const sentinel = `\u0000${randomUUID()}\u0000`;
    writeSentinel(sentinel);
    tellHost({ type: "done", cell, outcome, dead, sentinel, directory: modules.directory });
    listen();
    tidying.used();
  };
  const contexts = new RunningCells();
  const runner = new CellRunner({ modules, preloaded, tracebacks, watchdog, contexts, onDone });

  tracebacks.install();
  captureStreams();
  const report = (error: unknown): void => {
    if (error instanceof KeyboardInterrupt) return; // The rest of an interrupted cell, ended by it.
    process.stderr.write(`${tracebacks.describe(error).traceback.join("\n")}\n`);
  };
  const comms = new Comms(contexts, report);
  const inputs = new Inputs();
  installDebugView(runner.session, modules);
  installGlobals({ modules, preloaded, comms, inputs, onSignalUsed: () => runner.signalUsed() });
  const listeners = {
    uncaughtException: report,
    unhandledRejection: report,
    SIGINT: () => undefined, // Interrupts come as messages; a terminal's Ctrl-C is for the host.
    message: (message: ToWorker) => {
      if (message.type === "run") runner.run(message);
      else if (message.type === "comm") comms.deliver(message);
      else if (message.type === "input") inputs.answer(message.question, message.value);
      else {
        runner.interrupt(message.cells, message.sequence);
        comms.interrupt(message.cells);
      }
    },
  };
  /** Also after each cell, which may have removed them. */
  const listen = (): void => {
    for (const [event, listener] of Object.entries(listeners)) {
      if (!(process.listeners(event as "exit") as unknown[]).includes(listener)) process.on(event, listener);
    }
  };
  listen();
  // Node's own exit would wait for the watchdog's inspector session.
  process.exit = (code = process.exitCode ?? 0) => {
    process.emit("exit", Number(code));
    tellHost({ type: "exit", code: Number(code) });
    process.kill(process.pid, "SIGKILL");
    throw new Error("the process ends"); // Not reached: the signal is not survived.
  };
  installCellTimers();
}

serve();
