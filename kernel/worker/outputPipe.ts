/**
 * The worker's way to tell the host: a pipe that is written to at once, not when the event loop turns. A loop that
 * prints is slowed down to what the host can take, instead of piling up output that an interrupt would have to wait for.
 */

import { writeSync } from "node:fs";
import { serialize } from "node:v8";
import { type FrameMarks, frameMarks } from "./frameMarks.js";
import { type FromWorker, OUTPUT_FD } from "./protocol.js";

/** The pipe is full until the host has read it: a moment. */
const FULL_PIPE_MS = 1;

/** Starts each frame, and ends it; empty until `openOutputPipe`. */
let marks: FrameMarks = { start: Buffer.alloc(0), end: Buffer.alloc(0) };

/** @param secret  what the host looks for: random, so that no payload holds it by accident */
export function openOutputPipe(secret: string): void {
  marks = frameMarks(secret);
}

/** Sends one message as a structured clone. An interrupt may cut the frame short; its missing end tells the host so. */
export function tellHost(message: FromWorker): void {
  const payload = serialize(message);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  const frame = Buffer.concat([marks.start, length, payload, marks.end]);
  for (let written = 0; written < frame.length; ) {
    try {
      written += writeSync(OUTPUT_FD, frame, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return; // The host is gone, and so are we in a moment.
      sleep(FULL_PIPE_MS);
    }
  }
}

/** Lets time pass; an interrupt ends it. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
