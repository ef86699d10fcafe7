/**
 * Files that are not whole yet. Each download writes to one of its own, so that two never write to the same; what a
 * broken one leaves behind is taken over by the next, through a rename that only one can win.
 */

import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** Longer than any download goes without receiving a byte before it fails. */
const ABANDONED_AFTER_MS = 600_000;
/** How the name of what a download that ended in good order left ends. */
const FREE = "free.incomplete";

/**
 * A path for the bytes of one blob that nobody else writes to; the file is there when an earlier download left one.
 *
 * @param now  milliseconds since 1970
 */
export async function claimPartial(blobDirectory: string, etag: string, now: number): Promise<string> {
  await mkdir(blobDirectory, { recursive: true });
  const own = join(blobDirectory, `${etag}.${owner(process.pid)}-${randomUUID().slice(0, 8)}.incomplete`);
  for (const abandoned of await abandonedPartials(blobDirectory, etag, now)) {
    const isMine = await rename(abandoned, own).then(
      () => true,
      () => false, // another process was faster
    );
    if (isMine) break;
  }
  return own;
}

/** Leaves a claimed file to the next download; an empty one is removed. */
export async function releasePartial(path: string, blobDirectory: string, etag: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.size === 0) await rm(path, { force: true });
  else await rename(path, join(blobDirectory, `${etag}.${FREE}`));
}

/** Removes what broken downloads of a blob left, once the blob is whole. */
export async function removePartials(blobDirectory: string, etag: string, now: number): Promise<void> {
  for (const path of await abandonedPartials(blobDirectory, etag, now)) await rm(path, { force: true });
}

async function abandonedPartials(blobDirectory: string, etag: string, now: number): Promise<string[]> {
  const names = (await readdir(blobDirectory)).filter(
    (name) => name.startsWith(`${etag}.`) && name.endsWith(".incomplete"),
  );
  const paths: string[] = [];
  for (const name of names) {
    const path = join(blobDirectory, name);
    const touched = await stat(path).catch(() => undefined);
    if (touched === undefined) continue;
    if (isOwnerGone(name.slice(etag.length + 1)) || now - touched.mtimeMs > ABANDONED_AFTER_MS) paths.push(path);
  }
  return paths;
}

/** Whether the process in the name has ended; unknown, so false, for another machine's and for Python's files. */
function isOwnerGone(suffix: string): boolean {
  if (suffix === FREE) return true;
  const pid = Number(/-(\d+)-\w+\.incomplete$/.exec(suffix)?.[1]);
  if (!Number.isInteger(pid) || !suffix.startsWith(`${owner(pid)}-`)) return false;
  try {
    process.kill(pid, 0); // sends nothing, asks whether there is such a process
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function owner(pid: number): string {
  return `${hostname().replace(/\W/g, "_")}-${pid}`;
}
