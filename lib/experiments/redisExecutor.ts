/** Runs of a sweep by whatever workers share a Redis: puts them into a queue and picks up what has come of them. */

import { createHash } from "node:crypto";
import type { Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { Progress } from "../progress.js";
import { failedResult, type SweepJob } from "./performRun.js";
import type { ExecuteOptions, Executor } from "./processPool.js";
import { connectRedis, QUEUE_NAME } from "./redisConnection.js";
import type { SweepResult } from "./results.js";
import type { SweepSpec } from "./spec.js";

const POLL_EVERY_MS = 500;
/** Polls between two looks for runs that a Redis without persistence has forgotten. */
const POLLS_PER_CHECK = 20;
/** Polls in a row that may fail, as while a Redis starts again. */
const MOST_FAILURES = 20;

interface WaitingRun {
  readonly job: SweepJob;
  readonly onProgress: ExecuteOptions["onProgress"];
  readonly resolve: (result: SweepResult | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Holds no state of its own that matters: the queue has each run once, by its id, and a result stays there until it is
 * acknowledged. When this process ends, the workers go on; the next one picks the results up.
 */
export class RedisExecutor implements Executor {
  readonly capacity = Number.POSITIVE_INFINITY;
  readonly #waiting = new Map<string, WaitingRun>();
  readonly #polling: Promise<void>;
  #isClosed = false;
  #wake: () => void = () => undefined;

  private constructor(
    private readonly client: Redis,
    private readonly queue: Queue,
    /** Of the ids of this sweep's runs in the queue. */
    private readonly prefix: string,
  ) {
    this.#polling = this.#poll();
  }

  /** @throws ConfigError  when there is no Redis at `url` */
  static async connect(url: string, { name, output }: Pick<SweepSpec, "name" | "output">): Promise<RedisExecutor> {
    const { Queue } = await import("bullmq");
    const client = await connectRedis(url);
    const queue = new Queue(QUEUE_NAME, { connection: client });
    queue.on("error", () => undefined); // the connection heals itself, and what it is asked meanwhile waits
    const sweep = createHash("sha256")
      .update(JSON.stringify([name, output]))
      .digest("hex")
      .slice(0, 8);
    return new RedisExecutor(client, queue, `${sweep}-`);
  }

  async execute(job: SweepJob, { signal, onProgress }: ExecuteOptions): Promise<SweepResult | undefined> {
    const id = this.#idOf(job);
    const ended = new Promise<SweepResult | undefined>((resolve, reject) => {
      this.#waiting.set(id, { job, onProgress, resolve, reject });
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    const added = this.#add(job).then(() => ended); // waits where the connection is being made again
    const result = await Promise.race([added, ended]);
    this.#waiting.delete(id);
    return result;
  }

  async acknowledge(job: SweepJob): Promise<void> {
    await this.queue.remove(this.#idOf(job));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    this.client.disconnect();
    await this.#polling;
  }

  #idOf({ run }: SweepJob): string {
    return `${this.prefix}${run.id}`;
  }

  /** Does nothing where the run is in the queue already, or has a result there. */
  async #add(job: SweepJob): Promise<void> {
    await this.queue.add("run", job, { jobId: this.#idOf(job) });
  }

  async #poll(): Promise<void> {
    let failures = 0;
    for (let count = 1; !this.#isClosed; count++) {
      try {
        await this.#pickUp();
        if (count % POLLS_PER_CHECK === 0) for (const { job } of this.#waiting.values()) await this.#add(job);
        failures = 0;
      } catch (error) {
        failures++;
        if (failures > MOST_FAILURES) for (const { reject } of this.#waiting.values()) reject(error);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_EVERY_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #pickUp(): Promise<void> {
    for (const job of await this.#jobs("active")) {
      const { progress } = job;
      if (typeof progress === "object") this.#waiting.get(job.id ?? "")?.onProgress?.(progress as Progress);
    }
    for (const state of ["completed", "failed"] as const) {
      for (const found of await this.#jobs(state)) {
        const waiting = this.#waiting.get(found.id ?? "");
        if (waiting === undefined) continue;
        const { job, resolve } = waiting;
        resolve(
          state === "completed"
            ? (found.returnvalue as SweepResult)
            : failedResult(job, new Error(`The queue gave the run up: ${found.failedReason}`)),
        );
      }
    }
  }

  async #jobs(state: "active" | "completed" | "failed"): Promise<Job[]> {
    const jobs = await this.queue.getJobs([state]);
    return jobs.filter((job) => job?.id?.startsWith(this.prefix) === true); // one that was removed meanwhile is undefined
  }
}
