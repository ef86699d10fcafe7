/**
 * The watchdog: a thread of the worker that hears of interrupts while the main thread computes, and stops it there. It
 * also passes on what the debugger and the inspector say to each other.
 * When its pipe closes, the host is gone, and it takes the worker along.
 */

import { createReadStream } from "node:fs";
import inspector from "node:inspector";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { readLines } from "../wire/lines.js";
import { InspectorRelay } from "./inspectorRelay.js";
import { type ToWatchdog, WATCHDOG_FD } from "./protocol.js";

/** Shared words: the number of the newest interrupt that the event loop handled, and how long it may take for one. */
const HANDLED = 0;
const PATIENCE_MS = 1;

/** A main thread that turns its event loop handles an interrupt well within this; a user waits for twice as much. */
const DEFAULT_PATIENCE_MS = 40;

/** What the main thread tells the watchdog. */
export interface Watchdog {
  /** Called by the event loop when it handles interrupt number `sequence`: no need to stop anything by force. */
  handled(sequence: number): void;
  /** How long the watchdog waits for `handled` before it stops the running code; null for the default. */
  setPatience(timeoutMs: number | null): void;
}

/** Starts the thread; it does not keep the process alive. */
export function startWatchdog(): Watchdog {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  shared[PATIENCE_MS] = DEFAULT_PATIENCE_MS;
  new Worker(new URL(import.meta.url), { workerData: shared }).unref();
  return {
    handled(sequence) {
      Atomics.store(shared, HANDLED, sequence);
      Atomics.notify(shared, HANDLED);
    },
    setPatience(timeoutMs) {
      Atomics.store(shared, PATIENCE_MS, timeoutMs ?? DEFAULT_PATIENCE_MS);
    },
  };
}

/** Serves the pipe until the host is gone. */
function watch(shared: Int32Array): void {
  const session = new inspector.Session();
  session.connectToMainThread();
  let newest = 0;
  const relay = new InspectorRelay(session, () => Atomics.load(shared, HANDLED) < newest);
  const pipe = createReadStream("", { fd: WATCHDOG_FD });
  readLines(pipe, (line) => {
    const message = JSON.parse(line) as ToWatchdog;
    if (!("interrupt" in message)) return relay.post(message);
    newest = message.interrupt;
    relay.endPause();
    if (!handledInTime(shared, message.interrupt)) session.post("Runtime.terminateExecution", () => undefined);
  });
  const orphaned = (): boolean => process.kill(process.pid, "SIGKILL");
  pipe.on("end", orphaned);
  pipe.on("error", orphaned);
}

function handledInTime(shared: Int32Array, sequence: number): boolean {
  const deadline = performance.now() + Atomics.load(shared, PATIENCE_MS);
  for (;;) {
    const handled = Atomics.load(shared, HANDLED);
    const left = deadline - performance.now();
    if (handled >= sequence) return true;
    if (left <= 0) return false;
    Atomics.wait(shared, HANDLED, handled, left);
  }
}

if (!isMainThread && workerData instanceof Int32Array) watch(workerData);
