/** How far a download is, in the megabytes that a person reads. */

import type { OnProgress } from "../progress.js";
import type { ByteCounter } from "./download.js";

const MEGABYTE = 1e6;

/**
 * A counter that reports stage "download" with megabytes as steps: at once, at each further one, and at the end.
 *
 * @param now  milliseconds since 1970
 */
export function downloadProgress(
  totalBytes: number,
  onProgress: OnProgress | undefined,
  now: () => number,
): ByteCounter {
  const startedAt = now();
  const totalSteps = Math.ceil(totalBytes / MEGABYTE);
  let done = 0;
  let received = 0;
  let reported = -1;
  const report = (): void => {
    const step = done >= totalBytes ? totalSteps : Math.floor(done / MEGABYTE);
    if (step === reported) return;
    reported = step;
    const seconds = (now() - startedAt) / 1000;
    const bytesPerSecond = received > 0 && seconds > 0 ? received / seconds : null;
    onProgress?.({
      stage: "download",
      step,
      totalSteps,
      etaSeconds: bytesPerSecond === null ? null : (totalBytes - done) / bytesPerSecond,
      metrics: bytesPerSecond === null ? {} : { megabytesPerSecond: bytesPerSecond / MEGABYTE },
    });
  };
  report();
  return {
    found(count) {
      done += count;
      report();
    },
    received(count) {
      done += count;
      received += count;
      report();
    },
  };
}
