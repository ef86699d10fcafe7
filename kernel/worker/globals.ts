/** Puts the names of `cellGlobals.ts` and `cellNamespaces.ts` into the worker's global scope. */

import { currentCell } from "./cellContext.js";
import type { Comms } from "./comm.js";
import { clearOutput, display } from "./display.js";
import type { Inputs } from "./input.js";
import { lazyWidgets } from "./lazyWidgets.js";
import type { CellModules } from "./modules.js";
import { PRELOADED_NAMES, type Preloaded } from "./preload.js";

/** The parts of the worker that globals stand for. */
export interface GlobalParts {
  readonly modules: CellModules;
  readonly preloaded: Preloaded;
  readonly comms: Comms;
  readonly inputs: Inputs;
  /** Told when the running cell asks for `interruptSignal`. */
  readonly onSignalUsed: () => void;
}

/** Defines the kernel's own functions, `require` and the preloaded packages. */
export function installGlobals({ modules, preloaded, comms, inputs, onSignalUsed }: GlobalParts): void {
  const constant = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  constant("display", display);
  constant("clearOutput", clearOutput);
  constant("input", inputs.ask);
  constant("registerCommTarget", comms.registerTarget);
  constant("openComm", comms.open);
  const widgets = lazyWidgets(comms);
  constant("widgets", widgets);
  constant("slider", widgets.slider);
  constant("follow", widgets.follow);
  const fromFolder = {
    require: () => modules.require,
    __dirname: () => modules.directory,
    __filename: () => modules.cellFile(currentCell().cell),
  };
  for (const [name, get] of Object.entries(fromFolder)) {
    // An assignment makes it an ordinary variable, as that of any other global.
    const set = (value: unknown): void => constant(name, value);
    Object.defineProperty(globalThis, name, { configurable: true, get, set });
  }
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
