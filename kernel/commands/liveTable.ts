/** Lines on a terminal that are rewritten in place, below what stays; without a terminal, their first line now and then. */

import type { ProgressStream } from "../notebook/progressLine.js";

/** Draws lines. */
export interface LiveTable {
  /** Shows lines in place of those before, at most four times a second; without a terminal, the first every 30 s. */
  update(lines: () => readonly string[]): void;
  /** Writes a line that stays, above the table. */
  print(line: string): void;
  /** Shows lines in place of those before and leaves them there. */
  end(lines: readonly string[]): void;
}

/**
 * A table on `stream`.
 *
 * @param now  clock in milliseconds
 */
export function liveTable(stream: ProgressStream, now: () => number = () => performance.now()): LiveTable {
  const isTerminal = stream.isTTY === true;
  const pause = isTerminal ? 250 : 30_000;
  let shownAt = Number.NEGATIVE_INFINITY;
  let height = 0;
  const clear = (): void => {
    if (height > 0) stream.write(`\u001b[${height}A\r\u001b[J`);
    height = 0;
  };
  const draw = (lines: readonly string[]): void => {
    const width = Math.max(20, (stream.columns ?? 80) - 1);
    stream.write(lines.map((line) => `${isTerminal ? line.slice(0, width) : line}\n`).join(""));
    if (isTerminal) height = lines.length;
  };
  return {
    update(lines) {
      if (now() - shownAt < pause) return;
      shownAt = now();
      clear();
      draw(isTerminal ? lines() : lines().slice(0, 1));
    },
    print(line) {
      clear();
      stream.write(`${line}\n`);
      if (isTerminal) shownAt = Number.NEGATIVE_INFINITY; // the table comes back with the next update
    },
    end(lines) {
      clear();
      draw(lines);
    },
  };
}
