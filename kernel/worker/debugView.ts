/** What the debugger may ask of the running process: the session's variables by name, values as MIME bundles, modules. */

import { type MimeBundle, mimeBundle, plainText } from "./mimeBundle.js";
import type { CellModules } from "./modules.js";
import { DEBUG_VIEW_KEY } from "./protocol.js";
import type { SessionScope } from "./sessionScope.js";

/** Called by the expressions that the debugger evaluates in the process. */
export interface DebugView {
  /** The session's variables that have a value, as plain properties. */
  variables(): Readonly<Record<string, unknown>>;
  /**
   * An object for `with`: the session's variables, less those that the stopped code sees itself.
   *
   * @param local  evaluates a name where the code has stopped; throws when there is none
   */
  scope(local: (name: string) => unknown): object;
  /** Adds or sets a variable of the session. */
  assign(name: string, value: unknown): void;
  /** How a cell would show the value; text when that takes waiting and the process is `stopped`. */
  describe(value: unknown, stopped: boolean): MimeBundle | Promise<MimeBundle>;
  /** Paths of the loaded CommonJS modules. */
  modules(): string[];
}

/** Makes the view reachable for expressions, out of sight of cells. */
export function installDebugView(scope: SessionScope, modules: CellModules): void {
  const session = scope.exports;
  const view: DebugView = {
    variables() {
      const found: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (const name of Object.keys(session)) {
        try {
          found[name] = session[name];
        } catch {
          // Declared by the running cell, which has not come to it yet.
        }
      }
      return found;
    },
    scope: (local) =>
      new Proxy(session, {
        has: (target, name) => typeof name === "string" && name in target && !isLocal(local, name),
      }),
    assign: (name, value) => scope.assign(name, value),
    describe(value, stopped) {
      const bundle = mimeBundle(value);
      if (!(bundle instanceof Promise) || !stopped) return bundle;
      bundle.catch(() => undefined); // Nobody waits for it.
      return { "text/plain": plainText(value) };
    },
    modules: () => Object.keys(modules.require.cache),
  };
  Object.defineProperty(globalThis, Symbol.for(DEBUG_VIEW_KEY), { value: view });
}

/** A name that means the same as the global of that name is not the stopped code's own. */
function isLocal(local: (name: string) => unknown, name: string): boolean {
  const globals = globalThis as Record<string, unknown>;
  try {
    return local(name) !== globals[name] || !(name in globals);
  } catch {
    return false;
  }
}
