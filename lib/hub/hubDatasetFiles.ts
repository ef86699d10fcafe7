/** Some files of a data set of the hub on this machine: from the cache, downloaded where they are not there. */

import { join } from "node:path";
import { exists } from "../backbone/checkpoint.js";
import { CheckpointError } from "../errors.js";
import { hostSignal } from "../hostSignal.js";
import { HubClient, type RemoteFile } from "./client.js";
import { fetchFiles } from "./fetchFiles.js";
import { type HubOptions, type HubSurroundings, TRIES } from "./hubModelDirectory.js";
import { ModelCache } from "./modelCache.js";
import { type HubModel, isCommit } from "./modelName.js";
import { isUnreachable, retrying, waitByClock } from "./retry.js";
import { hubSettings } from "./settings.js";
import { notCached, withAdvice } from "./unavailable.js";

/** Files of one commit. */
export interface DatasetFiles {
  /** What the revision stood for: 40 hex digits, which name the same content for ever. */
  readonly commit: string;
  /** Folder of the commit's files in the cache. */
  readonly directory: string;
  /** Names of all files of the commit, here or not. */
  readonly names: readonly string[];
}

/**
 * Sees to it that the files that `choose` picks are in the cache. A commit needs no network once they are. When the hub
 * cannot be reached, the commit that the revision last stood for is used, with a process warning.
 *
 * @param choose  from the names of all files of the commit, those that are wanted
 * @throws CheckpointError  when they are not to be had: unknown, refused, damaged, or not cached while offline
 * @throws ConfigError      when an environment variable is malformed
 */
export async function hubDatasetFiles(
  dataset: HubModel,
  choose: (names: readonly string[]) => readonly string[],
  options: Omit<HubOptions, "revision"> = {},
  surroundings: HubSurroundings = {},
): Promise<DatasetFiles> {
  const { env = process.env, now = Date.now, wait = waitByClock } = surroundings;
  const { signal = hostSignal(), onProgress } = options;
  const settings = await hubSettings(env);
  const cache = new ModelCache(settings.cacheDirectory, dataset);
  const cached = await cachedFiles(cache, dataset.revision, choose);
  if (settings.isOffline) {
    if (cached !== undefined) return cached;
    throw notCached(dataset, cache);
  }
  if (cached !== undefined && isCommit(dataset.revision)) return cached;

  const client = new HubClient(dataset, settings, signal);
  try {
    const tries = { attempts: cached === undefined ? TRIES : 1, wait, signal };
    const { commit, files: names } = await retrying(tries, () => client.list());
    await cache.writeFileList(commit, names);
    const wanted: RemoteFile[] = [];
    for (const name of choose(names)) {
      const file = await retrying({ ...tries, attempts: TRIES }, () => client.describe(name, commit));
      if (file !== undefined) wanted.push(file);
      else throw vanished(dataset, name);
    }
    await fetchFiles(client, cache, commit, wanted, { attempts: TRIES, wait, signal, now, onProgress });
    await cache.writeRef(dataset.revision, commit);
    return { commit, directory: cache.snapshotPath(commit), names };
  } catch (error) {
    if (cached === undefined || !isUnreachable(error)) throw withAdvice(error, settings.cacheDirectory);
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`${dataset.id} is read from the cache, commit ${cached.commit}: ${reason}`, "HubWarning");
    return cached;
  }
}

/** What the cache has, when nothing that is wanted is missing. */
async function cachedFiles(
  cache: ModelCache,
  revision: string,
  choose: (names: readonly string[]) => readonly string[],
): Promise<DatasetFiles | undefined> {
  const commit = await cache.readRef(revision);
  const names = commit === undefined ? undefined : await cache.readFileList(commit);
  if (commit === undefined || names === undefined) return undefined;
  const directory = cache.snapshotPath(commit);
  for (const name of choose(names)) if (!(await exists(join(directory, name)))) return undefined;
  return { commit, directory, names };
}

function vanished(dataset: HubModel, name: string): CheckpointError {
  return new CheckpointError(
    `${dataset.id} must have the file ${name}, which its list names; it is not there. Try again later, or pin another ` +
      "revision.",
    { id: dataset.id, name },
  );
}
