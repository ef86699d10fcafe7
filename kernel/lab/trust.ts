/** Which notebooks were saved here with every cell trusted: their outputs may run scripts when they are opened again. */

import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomically } from "./atomicFile.js";

/** Old digests are forgotten beyond this many. */
const MAX_DIGESTS = 10_000;

/** A set of digests in a file that is the user's alone, shared by the user's servers. */
export class TrustStore {
  private digests = new Set<string>();
  private tail: Promise<void> = Promise.resolve();

  constructor(private readonly path: string) {}

  /** Whether a notebook of this digest was saved as trusted, by this server or another. */
  async refresh(): Promise<(digest: string) => boolean> {
    const text = await readFile(this.path, "utf8").catch(() => "");
    for (const digest of text.split("\n")) if (digest !== "") this.digests.add(digest);
    return (digest) => this.digests.has(digest);
  }

  /** Remembers a digest. @throws Error  when it cannot be kept */
  add(digest: string): Promise<void> {
    this.tail = this.tail
      .catch(() => undefined)
      .then(async () => {
        await this.refresh();
        if (this.digests.has(digest)) return;
        this.digests.add(digest);
        this.digests = new Set([...this.digests].slice(-MAX_DIGESTS));
        await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
        await writeAtomically(this.path, `${[...this.digests].join("\n")}\n`);
      });
    return this.tail;
  }
}
