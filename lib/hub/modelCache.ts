/** One model or data set in the Hugging Face cache: blobs by hash, a folder of links per commit, and a commit per branch or tag. */

import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type HubModel, isCommit } from "./modelName.js";

/** Ways to give a blob a second name; each fails on some file systems. */
export interface LinkMakers {
  readonly symlink: (target: string, path: string) => Promise<void>;
  readonly link: (existing: string, path: string) => Promise<void>;
}

/**
 * Paths and links of `models--organisation--name` or `datasets--organisation--name`.
 *
 * @source huggingface_hub 0.34, file_download.py: the same layout, so that Python's libraries find what is here
 */
export class ModelCache {
  readonly directory: string;
  readonly blobDirectory: string;

  constructor(
    cacheDirectory: string,
    { id, isDataset }: Pick<HubModel, "id" | "isDataset">,
    private readonly makers: LinkMakers = { symlink, link },
  ) {
    this.directory = join(cacheDirectory, `${isDataset === true ? "datasets" : "models"}--${id.replace("/", "--")}`);
    this.blobDirectory = join(this.directory, "blobs");
  }

  /** Where the content with this hash is, or will be. */
  blobPath(etag: string): string {
    return join(this.blobDirectory, etag);
  }

  /** The folder of a commit's files. */
  snapshotPath(commit: string): string {
    return join(this.directory, "snapshots", commit);
  }

  /** The commit that a revision stood for when it was last downloaded whole. */
  async readRef(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.directory, "refs", revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  /** Remembers what a branch or tag stands for. */
  async writeRef(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.readRef(revision)) === commit) return;
    const path = join(this.directory, "refs", revision);
    await mkdir(dirname(path), { recursive: true });
    await putInPlace(path, (temporary) => writeFile(temporary, commit));
  }

  /** Whether a file of a commit is there with `sizeBytes` bytes. */
  async holds(commit: string, file: string, sizeBytes: number): Promise<boolean> {
    return hasSize(join(this.snapshotPath(commit), file), sizeBytes);
  }

  /** Whether a commit is known to have no file of this name. */
  async lacks(commit: string, file: string): Promise<boolean> {
    return hasSize(this.absencePath(commit, file), 0);
  }

  /** Remembers that a commit has no file of this name. */
  async markAbsent(commit: string, file: string): Promise<void> {
    await mkdir(dirname(this.absencePath(commit, file)), { recursive: true });
    await writeFile(this.absencePath(commit, file), "");
  }

  /** Names of all files of a commit, when the hub was asked for them before. */
  async readFileList(commit: string): Promise<string[] | undefined> {
    const text = await readFile(this.fileListPath(commit), "utf8").catch(() => undefined);
    return text === undefined ? undefined : text.split("\n");
  }

  /** Remembers the names of all files of a commit, so that a part of them is never taken for the whole. */
  async writeFileList(commit: string, files: readonly string[]): Promise<void> {
    const path = this.fileListPath(commit);
    await mkdir(dirname(path), { recursive: true });
    await putInPlace(path, (temporary) => writeFile(temporary, files.join("\n")));
  }

  /** Whether the content with this hash is there whole. */
  async holdsBlob(etag: string, sizeBytes: number): Promise<boolean> {
    return hasSize(this.blobPath(etag), sizeBytes);
  }

  /** Names a blob in a commit's folder: by a symbolic link, else a hard link, else by moving it there. */
  async link(commit: string, file: string, etag: string): Promise<void> {
    const blob = this.blobPath(etag);
    const path = join(this.snapshotPath(commit), file);
    await mkdir(dirname(path), { recursive: true });
    await putInPlace(path, (temporary) =>
      this.makers
        .symlink(relative(dirname(path), blob), temporary)
        .catch(() => this.makers.link(blob, temporary))
        .catch(() => rename(blob, temporary)),
    );
  }

  private fileListPath(commit: string): string {
    return join(this.directory, ".file_list", commit);
  }

  private absencePath(commit: string, file: string): string {
    return join(this.directory, ".no_exist", commit, file);
  }
}

async function hasSize(path: string, sizeBytes: number): Promise<boolean> {
  return stat(path).then(
    (found) => found.size === sizeBytes,
    () => false,
  );
}

/** Makes a file under another name, then moves it to `path`, so that a reader sees the old or the new one. */
async function putInPlace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await make(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
