/** A model of the hub as a directory on this machine: from the cache, downloaded where it is not there. */

import { join } from "node:path";
import { exists, readShardIndex } from "../backbone/checkpoint.js";
import { hostSignal } from "../hostSignal.js";
import type { OnProgress } from "../progress.js";
import { HubClient, type RemoteFile } from "./client.js";
import { type FetchSettings, fetchFiles } from "./fetchFiles.js";
import { ModelCache } from "./modelCache.js";
import { chooseFiles, SHARD_INDEX } from "./modelFiles.js";
import { type HubModel, isCommit } from "./modelName.js";
import { isUnreachable, retrying, type Wait, waitByClock } from "./retry.js";
import { type Environment, hubSettings } from "./settings.js";
import { notCached, withAdvice } from "./unavailable.js";

/** What a caller of `loadBackbone` may say about a download. */
export interface HubOptions {
  /** A branch, tag or commit of a model of the hub; default "main". A commit of 40 digits needs no network once cached. */
  readonly revision?: string;
  /** Reports of a download: stage "download", steps in megabytes. */
  readonly onProgress?: OnProgress;
  /**
   * Interrupts a download, which then rejects with the signal's reason; the next one goes on where it was.
   * Default: the global `interruptSignal`, which the notebook kernel keeps for the running cell.
   */
  readonly signal?: AbortSignal;
}

/** What the machine provides. */
export interface HubSurroundings {
  readonly env?: Environment;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
  readonly wait?: Wait;
}

/** Tries of each request before giving up. */
export const TRIES = 5;

/**
 * The cache's folder with config.json, the vocabulary and the weights of one commit, downloading what is missing. When
 * the hub cannot be reached, the commit that the revision last stood for is used, with a process warning.
 *
 * @throws CheckpointError  when the model is not to be had: unknown, refused, damaged, or not cached while offline
 * @throws ConfigError      when an environment variable is malformed
 */
export async function hubModelDirectory(
  model: HubModel,
  options: HubOptions = {},
  surroundings: HubSurroundings = {},
): Promise<string> {
  const { env = process.env, now = Date.now, wait = waitByClock } = surroundings;
  const { signal = hostSignal(), onProgress } = options;
  const settings = await hubSettings(env);
  const cache = new ModelCache(settings.cacheDirectory, model);
  const cached = await cachedCommit(cache, model);
  if (settings.isOffline) {
    if (cached !== undefined) return cache.snapshotPath(cached.commit);
    throw notCached(model, cache);
  }
  if (cached?.isWhole && isCommit(model.revision)) return cache.snapshotPath(cached.commit);

  const client = new HubClient(model, settings, signal);
  const tries = { attempts: cached === undefined ? TRIES : 1, wait, signal };
  try {
    const commit = await retrying(tries, () => client.commit());
    if (commit !== cached?.commit || !cached.isWhole) {
      await download(client, cache, commit, { wait, signal, now, onProgress });
    }
    await cache.writeRef(model.revision, commit);
    return cache.snapshotPath(commit);
  } catch (error) {
    if (cached === undefined || !isUnreachable(error)) throw withAdvice(error, settings.cacheDirectory);
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`${model.id} is loaded from the cache, commit ${cached.commit}: ${reason}`, "HubWarning");
    return cache.snapshotPath(cached.commit);
  }
}

/** Downloads what the cache lacks of a commit. */
async function download(
  client: HubClient,
  cache: ModelCache,
  commit: string,
  settings: Omit<FetchSettings, "attempts">,
): Promise<void> {
  const tries = { attempts: TRIES, ...settings };
  const fetchAll = async (files: readonly RemoteFile[], onProgress?: OnProgress): Promise<void> => {
    await fetchFiles(client, cache, commit, files, { ...settings, attempts: TRIES, onProgress });
  };
  const source = {
    find: async (name: string): Promise<RemoteFile | undefined> => {
      const file = await retrying(tries, () => client.describe(name, commit));
      if (file === undefined) await cache.markAbsent(commit, name);
      return file;
    },
    shardsOf: async (index: RemoteFile): Promise<string[]> => {
      await fetchAll([index]);
      return shardNames(join(cache.snapshotPath(commit), SHARD_INDEX));
    },
  };
  await fetchAll(await chooseFiles(source, `${client.model.id} at commit ${commit}`), settings.onProgress);
}

interface CachedCommit {
  readonly commit: string;
  /** Whether nothing that the hub has and loading reads can be missing. */
  readonly isWhole: boolean;
}

/** The commit that a revision last stood for, when its files in the cache can be loaded. */
async function cachedCommit(cache: ModelCache, model: HubModel): Promise<CachedCommit | undefined> {
  const commit = await cache.readRef(model.revision);
  if (commit === undefined) return undefined;
  let isWhole = true;
  const source = {
    find: async (name: string): Promise<string | undefined> => {
      const path = join(cache.snapshotPath(commit), name);
      if (await exists(path)) return path;
      if (!(await cache.lacks(commit, name))) isWhole = false;
      return undefined;
    },
    shardsOf: shardNames,
  };
  return chooseFiles(source, model.id).then(
    () => ({ commit, isWhole }),
    () => undefined, // not all there: to be downloaded
  );
}

async function shardNames(indexPath: string): Promise<string[]> {
  return [...new Set(Object.values(await readShardIndex(indexPath)))].sort();
}
