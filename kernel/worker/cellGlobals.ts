/**
 * The kernel's own functions in every cell. Declarations only: the compiler makes them globals of cells, and
 * `globals.ts` puts the values there.
 */

import type { Widgets } from "../widgets/widgets.js";
import type { Comm, CommBuffers, CommTarget } from "./comm.js";
import type { Display } from "./display.js";
import type { InputOptions } from "./input.js";

/**
 * Shows a value below the cell, in its richest form; with `raw`, the value is itself a MIME bundle.
 * With `display_id` it can be replaced later by a call with the same id and `update: true`.
 * Also `display.markdown`, `.latex`, `.html`, `.json`, `.image` and `.progress`.
 */
export declare const display: Display;

/** Clears the cell's output; with `wait`, only when the next output comes. */
export declare const clearOutput: (wait?: boolean) => void;

/** Asks the user and resolves with the line typed; with `password`, typing is not shown. */
export declare const input: (prompt?: string, options?: InputOptions) => Promise<string>;

/** Controls whose values can be changed on the page while the session lives: sliders, dropdowns, buttons. */
export declare const widgets: Widgets;

/** Shows a slider for a number; `value` follows it, and can be set. The same as `widgets.slider`. */
export declare const slider: Widgets["slider"];

/** Shows what a function returns, again whenever one of the controls changes. The same as `widgets.follow`. */
export declare const follow: Widgets["follow"];

/** Serves comms that the client opens under a name. Set `comm.onMsg` at once: messages without a handler are dropped. */
export declare const registerCommTarget: (name: string, target: CommTarget) => void;

/** Opens a comm to the client's target of that name. */
export declare const openComm: (target: string, data?: unknown, metadata?: object, buffers?: CommBuffers) => Comm;

/** Aborted when the running cell is interrupted. Hand it to `search`, `retrain` or `fetch` as their signal. */
export declare const interruptSignal: AbortSignal;
