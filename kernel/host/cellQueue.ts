/** The queue of cells of one shell: they run one after the other, in the order in which they came. */

import type { Json, Message } from "../wire/message.js";

/** An `execute_request` that waits, and the way to answer it. */
export interface ExecuteTask {
  readonly request: Message;
  readonly reply: (content: Json) => void;
}

/** A client sends cells that belong together in one go: a pause of this length ends them. */
const PAUSE_MS = 10;

/** Nobody waits longer than this for such a pause. */
const MAX_WAIT_MS = 200;

/** What to do with the tasks of a queue. */
export interface QueueWork {
  /** Runs one; returns whether those behind it are to be aborted. */
  readonly perform: (task: ExecuteTask, queue: CellQueue) => Promise<boolean>;
  readonly abort: (task: ExecuteTask) => void;
}

/** The cells of the main shell or of a subshell. */
export class CellQueue {
  /** Set when an interrupt came while the cell was still being compiled. */
  interrupted = false;
  private readonly waiting: ExecuteTask[] = [];
  private isBusy = false;
  private newestArrival = 0;

  constructor(private readonly work: QueueWork) {}

  /** Adds a cell. */
  add(task: ExecuteTask): void {
    this.newestArrival = performance.now();
    this.waiting.push(task);
    if (!this.isBusy) void this.drain();
  }

  /** Aborts the cells that wait. */
  clear(): void {
    for (const task of this.waiting.splice(0)) this.work.abort(task);
  }

  /**
   * Resolves when no cell has come for a moment. A failure is told only then: what has come by that time was sent
   * without knowing of it, and is aborted; what comes later was sent by somebody who had heard of it, and runs.
   */
  async settled(): Promise<void> {
    const latest = performance.now() + MAX_WAIT_MS;
    for (;;) {
      const now = performance.now();
      const left = Math.min(this.newestArrival + PAUSE_MS, latest) - now;
      // At least one turn of the event loop: what has reached the socket by now counts.
      if (left <= 0) return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  private async drain(): Promise<void> {
    this.isBusy = true;
    for (let task = this.waiting.shift(); task !== undefined; task = this.waiting.shift()) {
      this.interrupted = false;
      if (await this.work.perform(task, this)) this.clear();
    }
    this.isBusy = false;
  }
}
