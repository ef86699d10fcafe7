/** Writes generated texts to a folder. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes each text to its path inside `folder`; makes the folders it needs. */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
