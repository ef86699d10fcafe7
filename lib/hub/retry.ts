/** Trying again what failed for reasons that pass. */

import { setTimeout } from "node:timers/promises";
import { CheckpointError } from "../errors.js";

/** A failure that may pass: no connection, a busy or restarting server, a transfer that broke off. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  constructor(
    message: string,
    /** How long the server asked to be left alone. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Ends after `ms`, or rejects when the signal is aborted. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Waits by the clock. */
export const waitByClock: Wait = (ms, signal) => setTimeout(ms, undefined, { signal });

/** Settings of `retrying`. */
export interface RetryOptions {
  /** Tries before giving up. */
  readonly attempts: number;
  readonly wait: Wait;
  readonly signal?: AbortSignal;
  /** How far the work is; the count of tries starts anew when it has grown. */
  readonly reached?: () => number;
}

/** The hub counts requests in windows of five minutes; a longer wait is left to the user. */
const LONGEST_WAIT_MS = 300_000;

/**
 * Runs `run` until it does not fail with a `TransientError`; waits 1, 2, 4, 8 s between tries, or what the server asks.
 *
 * @throws CheckpointError  after the last try, with the `TransientError` as its cause
 */
export async function retrying<T>(options: RetryOptions, run: () => Promise<T>): Promise<T> {
  const { attempts, wait, signal, reached = () => 0 } = options;
  let furthest = reached();
  for (let failed = 0; ; ) {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      if (reached() > furthest) failed = 0;
      furthest = Math.max(furthest, reached());
      failed += 1;
      const waitMs = error.retryAfterMs ?? 1000 * 2 ** (failed - 1);
      if (failed >= attempts || waitMs > LONGEST_WAIT_MS) throw givenUp(error, failed, waitMs);
      await wait(waitMs, signal);
    }
  }
}

/** Whether an error says that the hub could not be reached, so that the cache may do instead. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof CheckpointError && error.cause instanceof TransientError;
}

function givenUp(error: TransientError, tries: number, waitMs: number): CheckpointError {
  const later = error.retryAfterMs === undefined ? "later" : `in ${Math.ceil(waitMs / 1000)} s`;
  return new CheckpointError(
    `${error.message}, after ${tries} ${tries === 1 ? "try" : "tries"}. Check the network and HF_ENDPOINT, and run it ` +
      `again ${later}: what was received is kept.`,
    { tries },
    { cause: error },
  );
}
