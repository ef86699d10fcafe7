/** One line on a terminal that is rewritten while a notebook runs; a line now and then where there is no terminal. */

/** Where the line goes: a process's stderr, or a recorder in tests. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Draws lines. */
export interface ProgressLine {
  /** Shows `text` in place of the line before; without a terminal, at most once every 10 s. */
  update(text: string): void;
  /** Shows `text` and leaves it there. */
  end(text: string): void;
}

/**
 * A progress line on `stream`.
 * @param now  clock in milliseconds
 */
export function progressLine(stream: ProgressStream, now: () => number = () => performance.now()): ProgressLine {
  const isTerminal = stream.isTTY === true;
  let printedAt = now();
  const rewrite = (text: string): void => {
    const width = Math.max(20, (stream.columns ?? 80) - 1);
    stream.write(`\r\u001b[2K${text.slice(0, width)}`);
  };
  return {
    update(text) {
      if (isTerminal) return rewrite(text);
      if (now() - printedAt < 10_000) return;
      printedAt = now();
      stream.write(`${text}\n`);
    },
    end(text) {
      printedAt = now();
      if (isTerminal) rewrite(text);
      stream.write(isTerminal ? "\n" : `${text}\n`);
    },
  };
}
