/**
 * Tells apart the cells that are under way at the same time, so that what they show goes to the right one. With one
 * cell there is nothing to tell apart. While there are more, V8's promise hooks note which cell created each promise,
 * and what continues after it belongs to that cell: exact for all code between `await`s, also in libraries, and for
 * timers (see cellTimers.ts). Callbacks of Node's own (sockets, child processes, streams) count as the oldest cell's.
 */

import { promiseHooks } from "node:v8";
import { type CellContext, currentCell, enterCell } from "./cellContext.js";

/** The cells under way, oldest first. The handlers of a comm message count as one too. */
export class RunningCells {
  /** What comes late, when nothing is under way, belongs to the cell that was last. */
  private last = currentCell();
  private readonly contexts: CellContext[] = [];
  private stopHooks: (() => void) | null = null;

  /** Runs the first part of a cell, up to where it waits for the first time. */
  start(context: CellContext, begin: () => void): void {
    this.contexts.push(context);
    if (this.contexts.length > 1) this.stopHooks ??= this.startHooks();
    enterCell(context);
    begin();
    this.enterOldest();
  }

  /** A cell has ended. */
  end(context: CellContext): void {
    context.hasEnded = true;
    if (context.cell > 0) this.last = context;
    const index = this.contexts.indexOf(context);
    if (index >= 0) this.contexts.splice(index, 1);
    if (this.contexts.length <= 1) {
      this.stopHooks?.();
      this.stopHooks = null;
    }
    this.enterOldest();
  }

  private enterOldest(): void {
    enterCell(this.contexts[0] ?? this.last);
  }

  /**
   * A promise from before belongs to the cell that was alone then, the oldest; V8 calls no hook when such a one
   * continues, which is why the oldest is entered after each that does have one. Each call sets the cell as it is, with
   * no stack to unwind: an interrupt may cut off any of them.
   */
  private startHooks(): () => void {
    const owners = new WeakMap<Promise<unknown>, CellContext>();
    const stop: unknown = promiseHooks.createHook({
      init: (promise) => void owners.set(promise, currentCell()),
      before: (promise) => {
        const owner = owners.get(promise);
        if (owner === undefined) this.enterOldest();
        else enterCell(owner);
      },
      after: () => this.enterOldest(),
    });
    return stop as () => void;
  }
}
