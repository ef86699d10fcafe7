/** A data directory that a test writes file by file. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder that is removed with `remove`. */
export class DataFolder {
  private constructor(readonly path: string) {}

  static async create(): Promise<DataFolder> {
    return new DataFolder(await mkdtemp(join(tmpdir(), "sptlab-data-")));
  }

  /** Writes a file; lines are joined and ended with "\n". */
  async write(name: string, content: Buffer | readonly string[]): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, Buffer.isBuffer(content) ? content : content.map((line) => `${line}\n`).join(""));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}
