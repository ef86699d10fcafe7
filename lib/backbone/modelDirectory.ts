/** From a model's name to the directory of its files. */

import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CheckpointError, ConfigError } from "../errors.js";
import { type HubOptions, hubModelDirectory, parseModelName } from "../hub/index.js";
import { packageRoot } from "../packageRoot.js";
import { exists } from "./checkpoint.js";

/**
 * The directory of a model: a packaged model for a bare name such as "roberta-nano" (`data/models` of this package),
 * else the path itself where there is one, else the cached files of a model of the hub, for "organisation/name" or
 * "organisation/name@revision". Write "./roberta-nano" for a directory that has a packaged model's name.
 *
 * @throws CheckpointError  when none of them holds a config.json
 * @throws ConfigError      when a revision is given for what is not on the hub
 */
export async function modelDirectory(nameOrDirectory: string, options: HubOptions = {}): Promise<string> {
  const packaged = join(packageRoot(), "data", "models");
  const isPackaged =
    /^[\w][\w.-]*$/.test(nameOrDirectory) && (await exists(join(packaged, nameOrDirectory, "config.json")));
  const directory = isPackaged ? join(packaged, nameOrDirectory) : resolve(nameOrDirectory);
  if (isPackaged || (await exists(join(directory, "config.json")))) {
    if (options.revision === undefined) return directory;
    throw new ConfigError(
      `A revision pins a model of the hub; ${nameOrDirectory} is the directory ${directory}. Leave out revision ${options.revision}.`,
      { directory, revision: options.revision },
    );
  }
  const model = (await exists(directory)) ? undefined : parseModelName(nameOrDirectory, options.revision);
  if (model !== undefined) return hubModelDirectory(model, options);
  const entries = await readdir(packaged, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  throw new CheckpointError(
    `No model "${nameOrDirectory}": ${directory} holds no config.json, and the packaged models are ` +
      `${names.length > 0 ? names.join(", ") : "none"}. Give a directory in Hugging Face layout, one of those names, or ` +
      "a model of the hub as organisation/name, such as FacebookAI/roberta-large.",
    { nameOrDirectory, packaged: names },
  );
}
