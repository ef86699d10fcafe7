/** A machine's part in the sweeps of a Redis: takes runs from the queue as long as it has room. */

import type { SweepJob } from "./performRun.js";
import type { Executor } from "./processPool.js";
import { connectRedis, QUEUE_NAME } from "./redisConnection.js";
import type { SweepResult } from "./results.js";

/** What a worker takes. */
export interface WorkerOptions {
  readonly url: string;
  /** This machine's processes. */
  readonly executor: Executor;
  /** Ends the work; its runs go back to the queue with their checkpoints. */
  readonly signal: AbortSignal;
  /** Where data are on this machine; default: as the sweep says. */
  readonly data?: string;
  /** Folder of the runs on this machine; default: as the sweep says. Checkpoints in a shared folder serve every machine. */
  readonly output?: string;
  /** A worker that is silent for so long has lost its runs to others; default 30. */
  readonly lockSeconds?: number;
  readonly onStart?: (job: SweepJob) => void;
  readonly onEnd?: (result: SweepResult) => void;
}

/** How often a run may lose its worker before it counts as failed. */
const MOST_LOSSES = 5;
const REPORT_EVERY_MS = 1000;

/**
 * Works until `signal`.
 *
 * @throws ConfigError  when there is no Redis at `url`
 */
export async function serveSweeps(options: WorkerOptions): Promise<void> {
  const { url, executor, signal, data, output, lockSeconds = 30, onStart, onEnd } = options;
  const { WaitingError, Worker } = await import("bullmq");
  const client = await connectRedis(url);
  const stop = new AbortController();
  const worker = new Worker<SweepJob, SweepResult>(
    QUEUE_NAME,
    async (queued, token) => {
      const given = queued.data;
      const job = { ...given, data: data ?? given.data, output: output ?? given.output };
      onStart?.(job);
      let reportedAt = 0;
      const result = await executor.execute(job, {
        signal: stop.signal,
        onProgress: (progress) => {
          if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
          reportedAt = performance.now();
          queued.updateProgress(progress).catch(() => undefined); // a report less does not matter
        },
      });
      if (result === undefined) {
        await queued.moveToWait(token);
        throw new WaitingError();
      }
      onEnd?.(result);
      return result;
    },
    {
      connection: client,
      concurrency: executor.capacity,
      lockDuration: 1000 * lockSeconds,
      stalledInterval: 1000 * lockSeconds,
      maxStalledCount: MOST_LOSSES,
    },
  );
  worker.on("error", () => undefined); // a lost connection, which is made again; a lost run is another worker's now
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await worker.pause(true); // takes nothing new
  stop.abort();
  await worker.close();
  await executor.close();
  client.disconnect();
}
