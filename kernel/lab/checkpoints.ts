/** One earlier state of each file, in `.ipynb_checkpoints` beside it, as Jupyter keeps it. */

import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { writeAtomically, writeError } from "./atomicFile.js";
import type { RootFolder } from "./rootFolder.js";
import { HttpError } from "./routes.js";

/** The folder's name. */
export const CHECKPOINT_FOLDER = ".ipynb_checkpoints";

/** The only checkpoint's id. */
const ID = "checkpoint";

/** Jupyter's description of a checkpoint. */
export interface Checkpoint {
  readonly id: string;
  readonly last_modified: string;
}

/** Keeps and restores checkpoints. */
export class Checkpoints {
  constructor(private readonly root: RootFolder) {}

  /** The checkpoint of a file, if it has one. */
  async list(apiPath: string): Promise<Checkpoint[]> {
    const found = await stat(placeOf(await this.file(apiPath))).catch(() => null);
    return found === null ? [] : [{ id: ID, last_modified: found.mtime.toISOString() }];
  }

  /** Keeps the file's present state in place of the earlier one. */
  async create(apiPath: string): Promise<Checkpoint> {
    const real = await this.file(apiPath);
    const place = placeOf(real);
    try {
      await mkdir(dirname(place), { recursive: true });
      await copyFile(real, `${place}~`);
      await rename(`${place}~`, place);
    } catch (error) {
      throw writeError(error, place);
    }
    const [checkpoint] = await this.list(apiPath);
    if (checkpoint === undefined) throw new HttpError(500, `the checkpoint of ${apiPath} is gone`);
    return checkpoint;
  }

  /** Puts the kept state in the file's place. */
  async restore(apiPath: string, id: string): Promise<void> {
    const real = await this.file(apiPath);
    await writeAtomically(real, await readFile(await existing(real, id)));
  }

  /** Forgets the kept state. */
  async remove(apiPath: string, id: string): Promise<void> {
    await rm(await existing(await this.file(apiPath), id));
  }

  /** Lets the checkpoint follow a file that was moved between these real paths. */
  async move(from: string, to: string): Promise<void> {
    if ((await stat(placeOf(from)).catch(() => null)) === null) return;
    await mkdir(dirname(placeOf(to)), { recursive: true });
    await rename(placeOf(from), placeOf(to));
  }

  /** Forgets the checkpoint of a file, given by its real path, that was deleted. */
  async forget(real: string): Promise<void> {
    await rm(placeOf(real), { force: true });
  }

  private async file(apiPath: string): Promise<string> {
    const real = await this.root.resolve(apiPath);
    if ((await stat(real).catch(() => null))?.isFile()) return real;
    throw new HttpError(404, `no such file: ${apiPath}`);
  }
}

async function existing(real: string, id: string): Promise<string> {
  const place = placeOf(real);
  if (id === ID && (await stat(place).catch(() => null)) !== null) return place;
  throw new HttpError(404, `no such checkpoint: ${id}`);
}

function placeOf(real: string): string {
  const ending = extname(real);
  return join(dirname(real), CHECKPOINT_FOLDER, `${basename(real, ending)}-checkpoint${ending}`);
}
