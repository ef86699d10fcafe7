/** Answers `history_request`: the inputs of this session from memory, those of earlier ones from the history file. */

import type { Json } from "../wire/message.js";
import { globMatcher } from "./glob.js";
import type { HistoryEntry, HistoryFile } from "./historyFile.js";

/** `[session, line, input]`, or `[session, line, [input, output]]`. */
type Answer = readonly [number, number, string | readonly [string, string | null]];

/** How much of a result's text is kept. */
const MAX_OUTPUT_CHARS = 10_000;

/** The current session's number when there is no file. */
const ONLY_SESSION = 1;

/** Keeps this session in memory, whatever happens to the file. */
export class History {
  private readonly lines: { readonly line: number; readonly input: string; output: string | null }[] = [];

  /** @param file  null: nothing is kept */
  constructor(private readonly file: HistoryFile | null) {}

  /** Remembers a cell that counts. */
  addInput(line: number, input: string): void {
    this.lines.push({ line, input, output: null });
    this.file?.addInput(line, input);
  }

  /** Remembers the text of its result. */
  addOutput(line: number, text: string): void {
    const output = text.slice(0, MAX_OUTPUT_CHARS);
    const entry = this.lines.findLast((known) => known.line === line);
    if (entry === undefined) return;
    entry.output = output;
    this.file?.addOutput(line, output);
  }

  /**
   * Answers a request: the last `n`, a range of lines of one session, or those that match a glob pattern. Sessions are
   * numbered as ipykernel does it: in a range, 0 is the current one and a negative number counts back from it.
   */
  async answer(request: Json): Promise<readonly Answer[]> {
    const { hist_access_type, n, pattern, unique, output } = request;
    const { session, others } = (await this.file?.read()) ?? { session: ONLY_SESSION, others: [] };
    const withOutput = output === true;
    if (hist_access_type === "range") return this.range(request, session, others).map(toAnswer(withOutput));

    let found: readonly HistoryEntry[] = [...others, ...this.lines.map((entry) => ({ session, ...entry }))];
    if (hist_access_type === "search") {
      const matches = globMatcher(typeof pattern === "string" ? pattern : "*");
      found = found.filter(({ input }) => matches(input));
      if (unique === true) found = newestOfEach(found);
    }
    return (typeof n === "number" ? lastOf(found, n) : found).map(toAnswer(withOutput));
  }

  private range(request: Json, current: number, others: readonly HistoryEntry[]): readonly HistoryEntry[] {
    const asked = typeof request.session === "number" ? request.session : 0;
    const session = asked <= 0 ? asked + current : asked;
    const isCurrent = session === current;
    const found: readonly HistoryEntry[] = isCurrent
      ? this.lines.map((entry) => ({ session: 0, ...entry }))
      : others.filter((entry) => entry.session === session);
    // Lines count from 1; negative ones from the end of the current session.
    const end = isCurrent ? (this.lines.at(-1)?.line ?? 0) + 1 : 0;
    const fromEnd = (line: number): number => (line < 0 ? line + end : line);
    const start = fromEnd(typeof request.start === "number" ? request.start : 0);
    const stop = typeof request.stop === "number" && request.stop !== 0 ? fromEnd(request.stop) : Number.MAX_VALUE;
    return found.filter(({ line }) => line >= start && line < stop);
  }
}

function toAnswer(withOutput: boolean): (entry: HistoryEntry) => Answer {
  return ({ session, line, input, output }) => [session, line, withOutput ? [input, output] : input];
}

function lastOf<T>(list: readonly T[], n: number): readonly T[] {
  return n > 0 ? list.slice(-n) : [];
}

function newestOfEach(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const newest = new Map(entries.map((entry) => [entry.input, entry]));
  return entries.filter((entry) => newest.get(entry.input) === entry);
}
