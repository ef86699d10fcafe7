/**
 * Keeps a process that does the same small thing over and over from growing. What V8 compiles, a few kB a cell, lies
 * where it collects only after tens of MB; meanwhile the process grows and never shrinks again.
 */

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** After this many uses a worker has about 1 MB of garbage, and a compiler 8 MB. */
const USES = 250;

/** A larger heap takes longer to collect than its user should wait, and V8 sees to it by itself. */
const MAX_HEAP_BYTES = 128 * 1024 * 1024;

/** V8's own function that collects all garbage of this thread; otherwise it is only there under `--expose-gc`. */
export function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** From now on this process keeps the space for new objects as small as it is: for one whose messages are small. */
export function keepNewSpaceSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1"); // V8 refuses it on its command line.
}

/** Collects what many uses of a small heap left behind; that takes 5 ms in a worker, and 25 ms in a compiler. */
export class Tidying {
  private uses = 0;
  private collect: (() => void) | null = null;

  /** Called after each use: a cell, or a call to the compiler. */
  used(): void {
    this.uses += 1;
    if (this.uses % USES !== 0 || getHeapStatistics().used_heap_size > MAX_HEAP_BYTES) return;
    this.collect ??= garbageCollector();
    this.collect();
  }
}
