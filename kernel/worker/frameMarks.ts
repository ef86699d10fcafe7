/** What stands around each frame on the worker's output pipe. */

import { randomBytes } from "node:crypto";

/** Random bytes that occur nowhere else in the pipe. */
export interface FrameMarks {
  readonly start: Buffer;
  readonly end: Buffer;
}

/** Bytes of each mark. */
const MARK_BYTES = 16;

/** A new secret, which both ends of a pipe share. */
export function newMarkSecret(): string {
  return randomBytes(2 * MARK_BYTES).toString("hex");
}

/** The marks that follow from it. */
export function frameMarks(secret: string): FrameMarks {
  const bytes = Buffer.from(secret, "hex");
  return { start: bytes.subarray(0, MARK_BYTES), end: bytes.subarray(MARK_BYTES) };
}
