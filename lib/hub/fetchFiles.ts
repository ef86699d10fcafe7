/** Files of one commit into the cache: what is there already is not fetched again. */

import type { OnProgress } from "../progress.js";
import type { HubClient, RemoteFile } from "./client.js";
import { downloadBlob } from "./download.js";
import { downloadProgress } from "./downloadProgress.js";
import type { ModelCache } from "./modelCache.js";
import type { RetryOptions } from "./retry.js";

/** How to fetch. */
export interface FetchSettings extends Omit<RetryOptions, "reached"> {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onProgress?: OnProgress;
}

/** Downloads what the cache lacks of `files`, and links each into the commit's folder. */
export async function fetchFiles(
  client: HubClient,
  cache: ModelCache,
  commit: string,
  files: readonly RemoteFile[],
  settings: FetchSettings,
): Promise<void> {
  const missing: RemoteFile[] = [];
  for (const file of files) if (!(await cache.holds(commit, file.name, file.sizeBytes))) missing.push(file);
  if (missing.length === 0) return;
  const totalBytes = missing.reduce((sum, file) => sum + file.sizeBytes, 0);
  const counter = downloadProgress(totalBytes, settings.onProgress, settings.now);
  for (const file of missing) {
    if (await cache.holdsBlob(file.etag, file.sizeBytes)) counter.found(file.sizeBytes);
    else await downloadBlob(client, cache, file, { ...settings, counter });
    await cache.link(commit, file.name, file.etag);
  }
}
