/** Text lines of a stream, however it is cut into chunks. */

import type { Readable } from "node:stream";

/** Calls `onLine` with each whole line. Lines end with a line feed only: JSON may hold the other line ends of Unicode. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}
