/** How much of what was published clients have not read yet: ZeroMQ has no figure for it, the memory has. */

import { garbageCollector } from "../garbage.js";

/** What clients may leave unread before printed text is dropped. */
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;

/** How often the memory is looked at, at most. */
const LOOK_MS = 50;

/** How often, at most, garbage is collected to see what is really still held. */
const COLLECT_MS = 1_000;

/** Watches the memory of this thread. */
export class UnreadBytes {
  private lookedAt = Number.NEGATIVE_INFINITY;
  private collectedAt = Number.NEGATIVE_INFINITY;
  private isAbove = false;
  private collect: (() => void) | null = null;

  /** Whether a client leaves so much unread that what holds it must not grow on. */
  isTooMany(): boolean {
    const now = performance.now();
    if (now - this.lookedAt < LOOK_MS) return this.isAbove;
    this.lookedAt = now;
    // ZeroMQ holds on to the buffers of what it has not sent; this thread has no other large ones.
    this.isAbove = process.memoryUsage().arrayBuffers > MAX_UNREAD_BYTES;
    if (!this.isAbove || now - this.collectedAt < COLLECT_MS) return this.isAbove;
    // Buffers that were sent count until the next collection, which a thread that drops its output may not come to.
    this.collectedAt = now;
    this.collect ??= garbageCollector();
    this.collect();
    this.isAbove = process.memoryUsage().arrayBuffers > MAX_UNREAD_BYTES;
    return this.isAbove;
  }
}
