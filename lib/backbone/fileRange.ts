/** A range of bytes of a large file, without the rest. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CheckpointError } from "../errors.js";

/**
 * The `length` bytes at `position`, in a buffer of their own (so any typed array may be laid over it).
 *
 * @throws CheckpointError  when the range does not lie within the file
 */
export function readRange(path: string, position: number, length: number): ArrayBuffer {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (!(position >= 0 && length >= 0 && position + length <= size)) {
      throw new CheckpointError(
        `${path} ends too early: bytes ${position} to ${position + length} must lie within its ${size} bytes. ` +
          "Download it again.",
        { path, position, length, size },
      );
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), position + done);
      if (count === 0) {
        throw new CheckpointError(
          `${path} became ${length - done} bytes shorter while it was read. Download it again.`,
          { path, position, length },
        );
      }
      done += count;
    }
    return bytes.buffer;
  } finally {
    closeSync(descriptor);
  }
}
