/** Puts the names of `cellGlobals.ts` and `cellNamespaces.ts` into the worker's global scope. */

import { currentCell } from "./cellContext.js";
import { clearOutput, display } from "./display.js";
import type { CellModules } from "./modules.js";
import { PRELOADED_NAMES, type Preloaded } from "./preload.js";

/**
 * Defines `display`, `clearOutput`, `interruptSignal`, `require` and the preloaded packages.
 *
 * @param onSignalUsed  told when the running cell asks for `interruptSignal`
 */
export function installGlobals(modules: CellModules, preloaded: Preloaded, onSignalUsed: () => void): void {
  const constant = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  constant("display", display);
  constant("clearOutput", clearOutput);
  constant("require", modules.require);
  Object.defineProperty(globalThis, "interruptSignal", {
    configurable: true,
    get: () => {
      const context = currentCell();
      context.usesSignal = true;
      onSignalUsed();
      return context.controller.signal;
    },
  });
  for (const name of PRELOADED_NAMES) {
    Object.defineProperty(globalThis, name, { configurable: true, get: () => preloaded.get(name) });
  }
}
