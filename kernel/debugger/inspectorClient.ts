/** Calls to the inspector of the worker (Chrome DevTools Protocol), whose answers come back through the watchdog. */

import type { FromWatchdog, InspectorCall } from "../worker/protocol.js";

/** The process ended before it answered. */
export class WorkerEndedError extends Error {
  override readonly name = "WorkerEndedError";
  constructor() {
    super("the worker process ended");
  }
}

/** Makes calls and matches their answers. */
export class InspectorClient {
  private nextId = 1;
  private readonly waiting = new Map<number, { resolve(result: object): void; reject(error: Error): void }>();

  /**
   * @param post     sends a call to the worker
   * @param onEvent  receives the events that the watchdog passes on
   */
  constructor(
    private readonly post: (call: InspectorCall) => void,
    private readonly onEvent: (method: string, params: object) => void,
  ) {}

  /**
   * Makes one call. `T` is the protocol's result type for the method.
   *
   * @throws Error  when the inspector refuses; WorkerEndedError when the process ends first
   */
  call<T extends object>(method: string, params: object = {}): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (result: object) => void, reject });
      this.post({ id, method, params });
    });
  }

  /** Takes what the watchdog passes on. */
  receive(message: FromWatchdog): void {
    if ("method" in message) {
      this.onEvent(message.method, message.params);
      return;
    }
    const caller = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ("error" in message) caller?.reject(new Error(message.error));
    else caller?.resolve(message.result);
  }

  /** The process is gone, and what was asked of it stays unanswered. */
  abandon(): void {
    for (const { reject } of this.waiting.values()) reject(new WorkerEndedError());
    this.waiting.clear();
  }
}
