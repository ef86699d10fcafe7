/** Files that are either the old ones or the new ones as a whole, whatever happens while they are written. */

import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HttpError } from "./routes.js";

/** Opens a file for writing; a test gives one that fails. */
export type Open = (
  path: string,
  flags: string,
  mode: number,
) => Promise<Pick<FileHandle, "writeFile" | "sync" | "close">>;

/**
 * Replaces `path` by `data`: a temporary file beside it is written, synced and renamed. The mode is kept unless given.
 *
 * @throws HttpError  403 when the file is read-only, 507 when the disk is full; the old file stays
 */
export async function writeAtomically(
  path: string,
  data: Buffer | string,
  { mode, openFile = open }: { readonly mode?: number; readonly openFile?: Open } = {},
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await openFile(temporary, "wx", mode ?? (await modeOf(path)));
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, path);
  }
}

/** A hidden name in the same folder that nothing has. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${randomBytes(8).toString("hex")}.sptlab-part`);
}

/** The mode of the file that is to be replaced. @throws HttpError  403 when it may not be */
export async function modeOf(path: string): Promise<number> {
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o666,
  );
  if ((mode & 0o222) === 0) throw new HttpError(403, `${basename(path)} is read-only`);
  return mode;
}

/** What the page is told of a failed write. */
export function writeError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const name = basename(path);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new HttpError(507, `the disk is full: ${name} was not written; the old file is as it was`, { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new HttpError(403, `${name} may not be written`, { cause: error });
  }
  if (code === "ENOENT" || code === "ENOTDIR")
    return new HttpError(404, `the folder of ${name} is gone`, { cause: error });
  if (code === "EISDIR") return new HttpError(409, `${name} is a folder`, { cause: error });
  return error;
}

/** Makes the rename itself last; not every system can sync a folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
