/** From a model's name to the directory of its files. */

import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../errors.js";
import { exists } from "./checkpoint.js";

/**
 * The directory of a model: a packaged model for a bare name such as "roberta-nano" (`data/models` of this package),
 * else the path itself. Write "./roberta-nano" for a directory that has a packaged model's name.
 *
 * @throws CheckpointError  when neither holds a config.json
 */
export async function modelDirectory(nameOrDirectory: string): Promise<string> {
  const packaged = join(await packageRoot(), "data", "models");
  if (/^[\w][\w.-]*$/.test(nameOrDirectory) && (await exists(join(packaged, nameOrDirectory, "config.json")))) {
    return join(packaged, nameOrDirectory);
  }
  const directory = resolve(nameOrDirectory);
  if (await exists(join(directory, "config.json"))) return directory;
  const names = await readdir(packaged).catch(() => []);
  throw new CheckpointError(
    `No model "${nameOrDirectory}": ${directory} holds no config.json, and the packaged models are ` +
      `${names.length > 0 ? names.join(", ") : "none"}. Give a directory in Hugging Face layout, or one of those names.`,
    { nameOrDirectory, packaged: names },
  );
}

/** The nearest folder above this file with a package.json: the same for `lib/*.ts` and for `dist/lib/*.js`. */
async function packageRoot(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!(await exists(join(folder, "package.json"))) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
