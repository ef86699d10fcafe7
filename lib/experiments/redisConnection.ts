/** Connection to the Redis that several machines share a sweep through; loaded by the first use of it. */

import type { Redis } from "ioredis";
import { ConfigError } from "../errors.js";

/** Name of the queue: one for all sweeps of a Redis. */
export const QUEUE_NAME = "sptlab-sweeps";

/**
 * A connection that waits out a restart of the server: commands go on when it is back.
 *
 * @throws ConfigError  when there is no Redis at `url` now
 */
export async function connectRedis(url: string): Promise<Redis> {
  const { Redis } = await import("ioredis");
  const { host, protocol } = parseUrl(url);
  if (!/^rediss?:$/.test(protocol)) {
    throw new ConfigError(`--redis must be like redis://host:6379; its protocol is "${protocol}". Change it.`, {
      protocol,
    });
  }
  const client = new Redis(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: (attempt) => Math.min(100 * attempt, 2000),
  });
  client.on("error", () => undefined); // it connects again by itself; the first failure is thrown below
  try {
    await client.connect();
    return client;
  } catch (cause) {
    client.disconnect();
    throw new ConfigError(
      `There must be a Redis at ${host}; ${(cause as Error).message}. Start it, or change --redis.`,
      { host },
      { cause },
    );
  }
}

function parseUrl(url: string): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw new ConfigError("--redis must be like redis://host:6379; it is no URL. Change it.", {}, { cause });
  }
}
