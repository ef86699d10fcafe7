/** Reads one output pipe of the worker: what native code and child processes write, up to the marks at each cell's end. */

import type { Readable } from "node:stream";

/** A mark as `writeSentinel` writes it. */
const SENTINEL = /\0[0-9a-f-]{36}\0/;

/** How long a mark may take after the cell's end; a child process that holds the pipe full must not hang the kernel. */
const MARK_TIMEOUT_MS = 2_000;

/** Passes on text and takes out the marks. */
export class PipeReader {
  private rest = "";
  private readonly seen = new Set<string>();
  private readonly waiting = new Map<string, () => void>();

  constructor(pipe: Readable, onText: (text: string) => void) {
    pipe.setEncoding("utf8"); // Streaming: a character may come in two chunks.
    pipe.on("data", (chunk: string) => {
      this.rest += chunk;
      for (let match = SENTINEL.exec(this.rest); match !== null; match = SENTINEL.exec(this.rest)) {
        if (match.index > 0) onText(this.rest.slice(0, match.index));
        this.rest = this.rest.slice(match.index + match[0].length);
        this.mark(match[0]);
      }
      const held = this.rest.lastIndexOf("\0"); // Perhaps the start of a mark.
      const whole = held >= 0 && this.rest.length - held < 38 ? held : this.rest.length;
      if (whole > 0) onText(this.rest.slice(0, whole));
      this.rest = this.rest.slice(whole);
    });
  }

  /** Resolves when all that was written before the mark has been passed on. */
  reached(sentinel: string): Promise<void> {
    if (this.seen.delete(sentinel)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, MARK_TIMEOUT_MS);
      this.waiting.set(sentinel, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private mark(sentinel: string): void {
    const resolve = this.waiting.get(sentinel);
    this.waiting.delete(sentinel);
    if (resolve === undefined) this.seen.add(sentinel);
    else resolve();
  }
}
