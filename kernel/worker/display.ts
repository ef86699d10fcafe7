/** `display` with its methods, `clearOutput`, and tslab's display object on top of them. */

import { randomUUID } from "node:crypto";
import { type CellContext, emitOutput, requireLiveCell } from "./cellContext.js";
import { type ImageSize, imageBundle } from "./imageBundle.js";
import { encodedBundle, type MimeBundle, mimeBundle, plainText } from "./mimeBundle.js";
import { asyncProgressOf, type ProgressOptions, progressOf } from "./progress.js";

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

/** How formatted content is shown: like any display, but it is never a bundle. */
export type FormatOptions = Omit<DisplayOptions, "raw">;

/** `display` with its methods for content of one kind. */
export interface Display {
  (value: unknown, options?: DisplayOptions): void;
  /** Shows Markdown. */
  markdown(text: string, options?: FormatOptions): void;
  /** Shows LaTeX: a formula between dollar signs, or an environment. */
  latex(text: string, options?: FormatOptions): void;
  /** Shows HTML. */
  html(text: string, options?: FormatOptions): void;
  /** Shows a value as JSON, as a tree where the front end can. */
  json(value: unknown, options?: FormatOptions): void;
  /** Shows a PNG, JPEG, GIF, WebP or SVG picture: its bytes, the path of its file, or the markup of an SVG. */
  image(source: Uint8Array | ArrayBuffer | string | URL, options?: FormatOptions & ImageSize): void;
  /**
   * Loops over items and shows a bar with the time left, in place:
   * `for (const batch of display.progress(batches, { label: "train" })) …`.
   */
  progress<T>(items: Iterable<T>, options?: ProgressOptions): Generator<T, void, undefined>;
  /** Loops over items that come one by one: `for await (const row of display.progress(rows)) …`. */
  progress<T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncGenerator<T, void, undefined>;
}

/** The `display` of cells. */
export const display: Display = Object.assign(showValue, {
  markdown: formatted("text/markdown"),
  latex: formatted("text/latex"),
  html: formatted("text/html"),
  json: (value: unknown, options?: FormatOptions) =>
    showValue({ "application/json": value, "text/plain": plainText(value) }, { ...options, raw: true }),
  image: (source: unknown, { width, height, ...options }: FormatOptions & ImageSize = {}) => {
    const { data, metadata } = imageBundle(source, { width, height });
    showValue(data, { ...options, metadata: { ...metadata, ...options.metadata }, raw: true });
  },
  progress,
});

function formatted(type: string): (text: string, options?: FormatOptions) => void {
  return (text, options) => showValue({ [type]: text, "text/plain": text }, { ...options, raw: true });
}

function progress<T>(items: Iterable<T>, options?: ProgressOptions): Generator<T, void, undefined>;
function progress<T>(items: AsyncIterable<T>, options?: ProgressOptions): AsyncGenerator<T, void, undefined>;
function progress<T>(
  items: Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions = {},
): Generator<T, void, undefined> | AsyncGenerator<T, void, undefined> {
  const display_id = `progress-${randomUUID()}`;
  const show = (text: string, update: boolean): void =>
    showValue({ "text/plain": text }, { raw: true, display_id, update });
  return Symbol.asyncIterator in items ? asyncProgressOf(items, options, show) : progressOf(items, options, show);
}

function showValue(value: unknown, options: DisplayOptions = {}): void {
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
    metadata: encodedBundle(options.metadata ?? {}),
    displayId: options.display_id ?? null,
    update: options.update ?? false,
  });
}
