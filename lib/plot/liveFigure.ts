/** A figure that changes while work runs: at most four updates a second, then one finished figure in its place. */

import type { Figure, MimeBundle } from "./figure.js";
import { sketchSvg } from "./sketch.js";

/** The kernel's `display`, as far as live figures use it. */
export type Display = (
  bundle: MimeBundle,
  options: { readonly raw: true; readonly display_id: string; readonly update: boolean },
) => unknown;

/** Handle of one output that is updated in place. */
export interface LiveFigure {
  /**
   * Shows a new state unless the last one is younger than a quarter of a second; `build` is called only when it is shown.
   */
  show(build: () => Figure): void;
  /** Replaces the output by the finished figure with its static picture; waits for that to be drawn. */
  finish(figure: Figure): Promise<void>;
}

/** What live outputs can be told. */
export interface LiveOptions {
  /** Least time between two updates; 250 ms, four a second, unless told. */
  readonly intervalMs?: number;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

let opened = 0;

/**
 * Opens an output that `show` updates in place. While live it carries plotly JSON and a quick sketch
 * (see sketch.ts); the static picture is drawn once, by `finish`.
 *
 * @param display  the kernel's `display`
 */
export function liveFigure(display: Display, options: LiveOptions = {}): LiveFigure {
  const { intervalMs = 250, now = () => performance.now() } = options;
  const displayId = `sptlab-live-${process.pid}-${++opened}`;
  let shownAt = Number.NEGATIVE_INFINITY;
  const send = (bundle: MimeBundle): void => {
    display(bundle, { raw: true, display_id: displayId, update: shownAt > Number.NEGATIVE_INFINITY });
    shownAt = now();
  };
  return {
    show(build) {
      if (now() - shownAt < intervalMs) return;
      const figure = build();
      send({
        "application/vnd.plotly.v1+json": figure.toJSON(),
        "text/html": sketchSvg(figure),
        "text/plain": figure.plainTitle,
      });
    },
    async finish(figure) {
      send(await figure.toMimeBundle());
    },
  };
}
