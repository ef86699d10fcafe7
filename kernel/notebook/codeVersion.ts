/** Which code computed: the version of this package, and a hash that tells changes within a version. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The code of this package. */
export interface CodeVersion {
  readonly version: string;
  /** SHA-256 (hex) over its files. */
  readonly hash: string;
}

/** Version and hash of the code in `kernel/` and `lib/`, as it runs. */
export async function codeVersion(): Promise<CodeVersion> {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url)))); // the package, or its `dist`
  const hash = createHash("sha256");
  for (const part of ["kernel", "lib"]) {
    const names = await readdir(join(root, part), { recursive: true });
    for (const name of names.filter((path) => /(?<!\.d)\.[jt]s$/.test(path)).sort()) {
      hash.update(`${part}/${name.replaceAll("\\", "/")}\n`).update(await readFile(join(root, part, name)));
    }
  }
  const folder = existsSync(join(root, "package.json")) ? root : dirname(root);
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string };
  return { version, hash: hash.digest("hex") };
}
