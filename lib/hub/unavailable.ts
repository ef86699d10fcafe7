/** Errors for what is neither in the cache nor to be had. */

import { CheckpointError } from "../errors.js";
import type { ModelCache } from "./modelCache.js";
import type { HubModel } from "./modelName.js";

/** Offline, and not in the cache. */
export function notCached(model: HubModel, cache: ModelCache): CheckpointError {
  return new CheckpointError(
    `${model.id} at revision "${model.revision}" is not whole in ${cache.directory}, and HF_HUB_OFFLINE forbids the ` +
      "network. Unset HF_HUB_OFFLINE to download it, or set HF_HOME to the cache that has it.",
    { ...model, directory: cache.directory },
  );
}

/** Errors of the file system say where it was and how to use another place; others stay as they are. */
export function withAdvice(error: unknown, cacheDirectory: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  return new CheckpointError(
    `Cannot keep what was downloaded in the cache ${cacheDirectory}: ${error.message}. Free space or permit writing ` +
      "there, or set HF_HOME to another folder.",
    { cacheDirectory },
    { cause: error },
  );
}
