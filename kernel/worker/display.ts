/** `display`, `clearOutput`, and tslab's display object on top of them. */

import { randomUUID } from "node:crypto";
import { type CellContext, emitOutput, requireLiveCell } from "./cellContext.js";
import { encodedBundle, type MimeBundle, mimeBundle } from "./mimeBundle.js";

/** How a value is shown. */
export interface DisplayOptions {
  /** The value is a MIME bundle: MIME type to content. */
  readonly raw?: boolean;
  /** Names this output, so that it can be replaced. */
  readonly display_id?: string;
  /** Replaces the output named `display_id` instead of adding one. */
  readonly update?: boolean;
  /** Hints to the front end, by MIME type. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Shows `value` below the running cell. */
export function display(value: unknown, options: DisplayOptions = {}): void {
  const context = requireLiveCell();
  if (options.update === true && options.display_id === undefined) {
    throw new TypeError("display with update: true needs the display_id of the output to replace");
  }
  const bundle = options.raw === true ? rawBundle(value) : mimeBundle(value);
  if (!(bundle instanceof Promise)) {
    emitDisplay(context, bundle, options);
    return;
  }
  const shown = bundle.then((data) => emitDisplay(context, data, options));
  context.pendingDisplays.add(shown);
  // A failure is reported by the cell's end, which awaits the set.
  shown.then(() => context.pendingDisplays.delete(shown)).catch(() => undefined);
}

/** Clears the cell's output, at once or (with `wait`) when the next output comes. */
export function clearOutput(wait = false): void {
  emitOutput({ type: "clear", cell: requireLiveCell().cell, wait });
}

/** The methods of tslab's `display`, by MIME type. */
const TSLAB_METHODS = {
  javascript: "text/javascript",
  html: "text/html",
  markdown: "text/markdown",
  latex: "text/latex",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  gif: "image/gif",
  pdf: "application/pdf",
  text: "text/plain",
} as const;

type TslabDisplay = Record<string, (...args: readonly unknown[]) => void>;

/** What `import * as tslab from "tslab"` gives in a cell. */
export function tslabModule(): Readonly<Record<string, unknown>> {
  return {
    display: tslabDisplay(null),
    newDisplay: () => tslabDisplay(randomUUID()),
    versions: { tslab: "1.0.22", node: process.version },
  };
}

function tslabDisplay(display_id: string | null): TslabDisplay {
  let shown = false;
  const raw = (type: unknown, content: unknown): void => {
    const identity = display_id === null ? {} : { display_id, update: shown };
    shown = true;
    display({ [String(type)]: content }, { raw: true, ...identity });
  };
  const methods = Object.entries(TSLAB_METHODS).map(([name, type]) => [name, (content: unknown) => raw(type, content)]);
  return { ...Object.fromEntries(methods), raw };
}

function rawBundle(value: unknown): MimeBundle {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `display with raw: true expects a MIME bundle, such as {"text/html": "…"}; got ${typeof value}`,
    );
  }
  return encodedBundle(value);
}

function emitDisplay(context: CellContext, data: MimeBundle, options: DisplayOptions): void {
  emitOutput({
    type: "display",
    cell: context.cell,
    data,
    metadata: options.metadata ?? {},
    displayId: options.display_id ?? null,
    update: options.update ?? false,
  });
}
