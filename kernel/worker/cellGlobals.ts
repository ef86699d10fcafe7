/**
 * The kernel's own functions in every cell. Declarations only: the compiler makes them globals of cells, and
 * `globals.ts` puts the values there.
 */

import type { DisplayOptions } from "./display.js";

/**
 * Shows a value below the cell, in its richest form; with `raw`, the value is itself a MIME bundle.
 * With `display_id` it can be replaced later by a call with the same id and `update: true`.
 */
export declare const display: (value: unknown, options?: DisplayOptions) => void;

/** Clears the cell's output; with `wait`, only when the next output comes. */
export declare const clearOutput: (wait?: boolean) => void;

/** Aborted when the running cell is interrupted. Hand it to `search`, `retrain` or `fetch` as their signal. */
export declare const interruptSignal: AbortSignal;
