/** The cell on whose behalf code runs, followed through awaits and timers. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { WorkerOutput } from "./protocol.js";

/** Thrown into code of an interrupted cell, and the reason of its AbortSignal. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
  constructor() {
    super("the cell was interrupted");
  }
}

/** One run of one cell. */
export interface CellContext {
  readonly cell: number;
  readonly controller: AbortController;
  /** Set when the cell asked for `interruptSignal`: it may end by itself after an interrupt. */
  usesSignal: boolean;
  /** Set when the cell was settled by an interrupt: what is left of it may do nothing more. */
  cancelled: boolean;
  /** Displays that wait for a value to describe itself; the cell ends after them. */
  readonly pendingDisplays: Set<Promise<void>>;
}

const storage = new AsyncLocalStorage<CellContext>();

/** The newest cell: owner of what comes from outside any cell, such as a library's background work. */
let newest: CellContext = createCellContext(0);

/** A context for one run. */
export function createCellContext(cell: number): CellContext {
  const controller = new AbortController();
  return { cell, controller, usesSignal: false, cancelled: false, pendingDisplays: new Set() };
}

/** Runs `body` and all that it starts on behalf of `context`. */
export function runInCell<T>(context: CellContext, body: () => T): T {
  newest = context;
  return storage.run(context, body);
}

/** The cell that the calling code belongs to. */
export function currentCell(): CellContext {
  return storage.getStore() ?? newest;
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

/** Sends one output to the host. */
export function emitOutput(output: WorkerOutput): void {
  process.send?.(output);
}
