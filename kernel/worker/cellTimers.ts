/** Timers that stay silent for an interrupted cell, so that a loop which sleeps between its turns really ends. */

import * as timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import { type CellContext, currentCell, requireLiveCell, runOnBehalf } from "./cellContext.js";

type Callback = (...args: unknown[]) => void;
type Start = (callback: Callback, ...rest: unknown[]) => unknown;
const TIMERS = ["setTimeout", "setInterval", "setImmediate"] as const;

/** Wraps the global timers: what a cell started does not fire once the cell was interrupted. */
export function installCellTimers(): void {
  const promises = cellTimersPromises();
  for (const name of TIMERS) {
    const start = globalThis[name] as unknown as Start;
    const wrapped = (callback: Callback, ...rest: unknown[]): unknown => {
      const context = currentCell();
      if (typeof callback !== "function") return start(callback, ...rest); // Node's own error.
      return start((...args) => context.cancelled || runOnBehalf(context, () => callback(...args)), ...rest);
    };
    Object.defineProperty(wrapped, "name", { value: name });
    Object.defineProperty(wrapped, promisify.custom, { value: promises[name] });
    Object.defineProperty(globalThis, name, { value: wrapped, writable: true, configurable: true });
  }
}

/** `node:timers/promises` for cells. */
export function cellTimersPromises(): typeof timersPromises {
  return {
    ...timersPromises,
    setTimeout: (async (delay?: number, value?: unknown, options?: object) => {
      const context = requireLiveCell();
      return whileLive(context, await timersPromises.setTimeout(delay, value, options));
    }) as typeof timersPromises.setTimeout,
    setImmediate: (async (value?: unknown, options?: object) => {
      const context = requireLiveCell();
      return whileLive(context, await timersPromises.setImmediate(value, options));
    }) as typeof timersPromises.setImmediate,
  };
}

/** The value, or a promise that never resolves: nothing runs on after it. */
function whileLive<T>(context: CellContext, value: T): T | Promise<T> {
  return context.cancelled ? new Promise<T>(() => undefined) : value;
}
