/** One file from the hub into the cache: resumed where it broke off, and given its name only once its hash is right. */

import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { CheckpointError } from "../errors.js";
import { type HubClient, type RemoteFile, reasonOf } from "./client.js";
import type { ModelCache } from "./modelCache.js";
import { claimPartial, releasePartial, removePartials } from "./partialFile.js";
import { type RetryOptions, retrying, TransientError } from "./retry.js";

/** Told of bytes: those that were on disk already (negative when given up), and those that come over the network. */
export interface ByteCounter {
  found(count: number): void;
  received(count: number): void;
}

/** Settings of `downloadBlob`. */
export interface DownloadOptions extends Omit<RetryOptions, "reached"> {
  readonly counter: ByteCounter;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Puts a file's content among the blobs of the cache.
 *
 * @throws CheckpointError  when it cannot be had, or is not what the hub described; the signal's reason when it is aborted
 */
export async function downloadBlob(
  client: HubClient,
  cache: ModelCache,
  file: RemoteFile,
  options: DownloadOptions,
): Promise<void> {
  const path = await claimPartial(cache.blobDirectory, file.etag, options.now());
  try {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT);
    try {
      await new Transfer(client, file, handle, options).complete(path);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(path, cache.blobPath(file.etag));
  } catch (error) {
    await releasePartial(path, cache.blobDirectory, file.etag);
    throw error;
  }
  await removePartials(cache.blobDirectory, file.etag, options.now());
}

class Transfer {
  private position = 0;

  constructor(
    private readonly client: HubClient,
    private readonly file: RemoteFile,
    private readonly handle: FileHandle,
    private readonly options: DownloadOptions,
  ) {}

  /** Fetches what is missing, and compares the whole with the hash. */
  async complete(path: string): Promise<void> {
    const { file, options } = this;
    this.position = (await this.handle.stat()).size;
    options.counter.found(this.position);
    if (this.position > file.sizeBytes) await this.startOver();
    for (let isResumed = this.position > 0; ; isResumed = false) {
      await retrying({ ...options, reached: () => this.position }, () => this.fetchRest());
      const hash = await contentHash(path, file, options.signal);
      if (hash === file.etag) return;
      await this.startOver();
      if (isResumed) continue; // the fault may lie in what an earlier download left
      throw new CheckpointError(
        `${file.name} of ${this.client.model.id} must have the hash ${file.etag}; what came has ${hash}. It was ` +
          "discarded. Download it again; if that does not help, a proxy or mirror changes the file.",
        { file: file.name, expected: file.etag, actual: hash },
      );
    }
  }

  private async fetchRest(): Promise<void> {
    const { file, options } = this;
    if (this.position === file.sizeBytes) return;
    const { start, body } = await this.client.open(file, this.position);
    if (start < this.position) await this.startOver();
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((cause: unknown) => {
          options.signal?.throwIfAborted();
          throw new TransientError(`The transfer of ${file.name} broke off: ${reasonOf(cause)}`, undefined, { cause });
        });
        if (done) break;
        if (this.position + value.length > file.sizeBytes) throw await this.tooLong();
        for (let at = 0; at < value.length; ) {
          const { bytesWritten } = await this.handle.write(value, at, value.length - at, this.position);
          this.position += bytesWritten;
          at += bytesWritten;
        }
        options.counter.received(value.length);
        options.signal?.throwIfAborted();
      }
    } finally {
      await reader.cancel().catch(() => undefined); // frees the connection; a broken one has nothing to free
    }
    if (this.position < file.sizeBytes) {
      throw new TransientError(`${file.name} ended after ${this.position} of ${file.sizeBytes} bytes`);
    }
  }

  private async tooLong(): Promise<CheckpointError> {
    await this.startOver();
    const { name, sizeBytes } = this.file;
    return new CheckpointError(
      `${name} of ${this.client.model.id} must have ${sizeBytes} bytes; more came. It was discarded. Download it again.`,
      { file: name, expected: sizeBytes },
    );
  }

  private async startOver(): Promise<void> {
    this.options.counter.found(-this.position);
    this.position = 0;
    await this.handle.truncate(0);
  }
}

/** The hash that the hub has for these bytes: SHA-256, or git's SHA-1 over a header and the content. */
async function contentHash(path: string, file: RemoteFile, signal?: AbortSignal): Promise<string> {
  const isGitBlob = file.etag.length === 40;
  const hash = createHash(isGitBlob ? "sha1" : "sha256");
  if (isGitBlob) hash.update(`blob ${file.sizeBytes}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}
