/** A range of bytes of a large file, without the rest. */

import { closeSync, openSync, readSync } from "node:fs";
import { CheckpointError } from "../errors.js";

/**
 * The `length` bytes at `position`, in a buffer of their own (so any typed array may be laid over it).
 *
 * @throws CheckpointError  when the file ends before
 */
export function readRange(path: string, position: number, length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  const descriptor = openSync(path, "r");
  try {
    let done = 0;
    while (done < length) {
      const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), position + done);
      if (count === 0) {
        throw new CheckpointError(
          `${path} ends ${length - done} bytes too early: it is cut off or was changed while open. Download it again.`,
          { path, position, length },
        );
      }
      done += count;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes.buffer;
}
