/** Standard output and error of the worker: what JavaScript writes goes in order with displays; the rest by the pipes. */

import { writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { currentCell, emitOutput } from "./cellContext.js";

type WriteCallback = (error?: Error | null) => void;

/** Sends all writes to `process.stdout` and `process.stderr` (so `console` too) to the host as stream output. */
export function captureStreams(): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    const write = (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | WriteCallback,
      done?: WriteCallback,
    ): boolean => {
      const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
      const { cell, cancelled } = currentCell();
      if (!cancelled && text !== "") emitOutput({ type: "stream", cell, name, text });
      const callback = typeof encoding === "function" ? encoding : done;
      if (callback !== undefined) process.nextTick(callback);
      return true;
    };
    process[name].write = write as typeof process.stdout.write;
  }
}

/** Marks a point in both pipes: native code and child processes wrote what stands before it. */
export function writeSentinel(sentinel: string): void {
  for (const fd of [1, 2]) writeAll(fd, Buffer.from(sentinel));
}

/** Writes all bytes to a pipe, however full it is: the host always reads it. */
export function writeAll(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      // The pipe is full until the host has read it, which it always does.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    }
  }
}
