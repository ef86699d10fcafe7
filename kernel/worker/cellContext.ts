/**
 * The cell on whose behalf code runs. Kept by hand: Node's AsyncLocalStorage switches on async hooks, and with those
 * Node aborts when an interrupt cuts through their stack.
 */

import { performance } from "node:perf_hooks";
import { sleep, tellHost } from "./outputPipe.js";
import { Pace } from "./pace.js";
import type { FromWorker } from "./protocol.js";

/** Thrown into code of an interrupted cell, and the reason of its AbortSignal. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
  constructor() {
    super("the cell was interrupted");
  }
}

/** One run of one cell, or of the handlers of one comm message. */
export interface CellContext {
  readonly cell: number;
  readonly controller: AbortController;
  /** Whether the client can ask its user. */
  readonly allowStdin: boolean;
  hasEnded: boolean;
  /** Set when the cell asked for `interruptSignal`: it may end by itself after an interrupt. */
  usesSignal: boolean;
  /** Set when the cell was settled by an interrupt: what is left of it may do nothing more. */
  cancelled: boolean;
  /** Displays that wait for a value to describe itself; the cell ends after them. */
  readonly pendingDisplays: Set<Promise<void>>;
}

/** The newest cell, or the cell whose timer is firing. */
let current: CellContext = createCellContext(0);

/** A context for one run. */
export function createCellContext(cell: number, allowStdin = false): CellContext {
  const flags = { usesSignal: false, cancelled: false, hasEnded: false, allowStdin };
  return { cell, controller: new AbortController(), ...flags, pendingDisplays: new Set() };
}

/** From now on, code belongs to `context`, unless a timer of another cell fires. */
export function enterCell(context: CellContext): void {
  current = context;
}

/** Runs a callback that an earlier cell left behind on that cell's behalf. */
export function runOnBehalf<T>(context: CellContext, body: () => T): T {
  const interruptedBy = current;
  current = context;
  try {
    return body();
  } finally {
    current = interruptedBy;
  }
}

/** The cell that the calling code belongs to. */
export function currentCell(): CellContext {
  return current;
}

/**
 * The cell that the calling code belongs to, if it may still act.
 *
 * @throws KeyboardInterrupt  in the rest of an interrupted cell, which ends it
 */
export function requireLiveCell(): CellContext {
  const context = currentCell();
  if (context.cancelled) throw new KeyboardInterrupt();
  return context;
}

const pace = new Pace({ now: () => performance.now(), sleep });

/** Sends one message to the host; the host joins what is printed, all else is held back when it comes too fast. */
export function emitOutput(output: FromWorker): void {
  if (output.type === "display" || output.type === "clear" || output.type === "comm") pace.spend();
  tellHost(output);
}
