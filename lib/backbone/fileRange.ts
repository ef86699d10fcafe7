/** A range of bytes of a large file, without the rest. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CheckpointError } from "../errors.js";

/**
 * The `length` bytes at `position`, in a buffer of their own (so any typed array may be laid over it).
 *
 * @throws CheckpointError  when the range does not lie within the file
 */
export function readRange(path: string, position: number, length: number): ArrayBuffer {
  let range = new ArrayBuffer(0);
  readPieces(path, position, length, length, (bytes) => {
    range = bytes;
  });
  return range;
}

/**
 * Hands over the same bytes in pieces of `pieceBytes` (the last one may be shorter), each in a buffer that is valid
 * until `use` returns.
 *
 * @param use  takes a piece and its distance from `position`
 * @throws CheckpointError  when the range does not lie within the file; `use` is not called then
 */
export function readPieces(
  path: string,
  position: number,
  length: number,
  pieceBytes: number,
  use: (bytes: ArrayBuffer, from: number) => void,
): void {
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
    let piece = new Uint8Array(Math.min(pieceBytes, length));
    for (let from = 0; from < length; from += piece.length) {
      if (length - from < piece.length) piece = new Uint8Array(length - from);
      fill(piece, descriptor, position + from, path);
      use(piece.buffer, from);
    }
  } finally {
    closeSync(descriptor);
  }
}

function fill(bytes: Uint8Array, descriptor: number, position: number, path: string): void {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done);
    if (count === 0) {
      throw new CheckpointError(
        `${path} became ${bytes.length - done} bytes shorter while it was read. Download it again.`,
        { path, position, length: bytes.length },
      );
    }
    done += count;
  }
}
