/**
 * Subshells (JEP 91): further queues of cells beside the main one. Cells of different shells are under way at the same
 * time and share all variables; there is one JavaScript thread, so they take turns where they await.
 */

import { randomUUID } from "node:crypto";
import { CellQueue, type QueueWork } from "./cellQueue.js";

/** The main shell's queue and those of the subshells. */
export class Subshells {
  readonly main: CellQueue;
  private readonly queues = new Map<string, CellQueue>();

  constructor(private readonly work: QueueWork) {
    this.main = new CellQueue(work);
  }

  /** All queues. */
  get all(): readonly CellQueue[] {
    return [this.main, ...this.queues.values()];
  }

  /** The ids of the subshells, oldest first. */
  get ids(): readonly string[] {
    return [...this.queues.keys()];
  }

  /** Adds a subshell and returns its id. */
  create(): string {
    const id = randomUUID();
    this.queues.set(id, new CellQueue(this.work));
    return id;
  }

  /**
   * Ends a subshell: cells that wait in it are aborted, the one that runs goes on to its end.
   *
   * @throws Error  when there is none with that id
   */
  delete(id: unknown): void {
    const queue = this.queues.get(String(id));
    if (queue === undefined) throw noSubshell(id);
    this.queues.delete(String(id));
    queue.clear();
  }

  /** The queue with this id, the main one for null and undefined; undefined when there is none. */
  find(id: unknown): CellQueue | undefined {
    return id === null || id === undefined ? this.main : this.queues.get(String(id));
  }
}

/** What a request for an unknown subshell is answered. */
export function noSubshell(id: unknown): Error {
  return new Error(`there is no subshell "${String(id)}"; list_subshell_request tells which there are`);
}
