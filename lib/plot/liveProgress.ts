/** Progress as one line of text that is rewritten in place, in a notebook and on the terminal of `sptlab run`. */

import type { OnProgress, Progress } from "../progress.js";
import type { Display, LiveOptions } from "./liveFigure.js";

let opened = 0;

/**
 * A receiver of progress reports that shows the newest of them, at most four a second, and always the last one of a stage.
 * @param display  the kernel's `display`
 */
export function liveProgress(display: Display, options: LiveOptions = {}): OnProgress {
  const { intervalMs = 250, now = () => performance.now() } = options;
  const displayId = `sptlab-progress-${process.pid}-${++opened}`;
  let shownAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (now() - shownAt < intervalMs && progress.step < progress.totalSteps) return;
    const update = shownAt > Number.NEGATIVE_INFINITY;
    shownAt = now();
    display({ "text/plain": progressText(progress) }, { raw: true, display_id: displayId, update });
  };
}

/** "search 30/150, trainLoss 0.612, 45 s left". */
export function progressText(progress: Progress): string {
  const { stage, step, totalSteps, etaSeconds, metrics } = progress;
  const values = Object.entries(metrics).map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`);
  const left = etaSeconds === null || step >= totalSteps ? [] : [`${Math.ceil(etaSeconds)} s left`];
  return [`${stage} ${step}/${totalSteps}`, ...values, ...left].join(", ");
}
