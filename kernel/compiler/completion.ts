/** Completion in a cell: the names that fit at a position, best first. */

import type ts from "typescript";
import { type CellView, MODULE_PREFIX } from "./cellProgram.js";
import { internals, NEVER_CANCELLED, type Typescript } from "./typescript.js";

/** Candidates for the identifier around the cursor. Positions are UTF-16 units. */
export interface ConvertedCompletion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly string[];
  readonly original: ts.CompletionInfo | undefined;
}

/** Completes at `position` in the cell: names that start with what is typed come before those that contain it. */
export function complete(ts: Typescript, { program, cell }: CellView, position: number): ConvertedCompletion {
  const { Completions, findPrecedingToken, findNextToken } = internals(ts);
  const at = position + MODULE_PREFIX.length;
  const original = Completions.getCompletionsAtPositionForTslab(
    {},
    program,
    () => undefined,
    cell,
    at,
    {},
    undefined,
    ts.CompletionTriggerKind.Invoked,
    NEVER_CANCELLED,
  );
  const previous = findPrecedingToken(at, cell); // It may end behind the position.
  if (previous !== undefined && ts.isIdentifier(previous) && previous.end >= at) {
    return completeWord(original, previous, cell);
  }
  const next = previous === undefined ? undefined : findNextToken(previous, cell, cell);
  if (next !== undefined && ts.isIdentifier(next) && next.getStart(cell) <= at && at <= next.end) {
    return completeWord(original, next, cell);
  }
  const entries = [...(original?.entries ?? [])].sort(
    (a, b) => compare(a.sortText, b.sortText) || compare(a.name, b.name),
  );
  return { start: position, end: position, candidates: entries.map(({ name }) => name), original };
}

function completeWord(
  original: ts.CompletionInfo | undefined,
  word: ts.Identifier,
  cell: ts.SourceFile,
): ConvertedCompletion {
  const { text } = word;
  const ranked = (original?.entries ?? []).flatMap(({ name, sortText }) => {
    const rank = rankOf(name, text);
    return rank === null ? [] : [{ name, key: `${rank}${sortText}` }];
  });
  ranked.sort((a, b) => compare(a.key, b.key));
  return {
    start: word.getStart(cell) - MODULE_PREFIX.length,
    end: word.end - MODULE_PREFIX.length,
    candidates: ranked.map(({ name }) => name),
    original,
  };
}

/** How well a name fits what is typed, best first; null when it does not. */
function rankOf(name: string, typed: string): number | null {
  if (name.startsWith(typed)) return 0;
  const [lowerName, lowerTyped] = [name.toLowerCase(), typed.toLowerCase()];
  if (lowerName.startsWith(lowerTyped)) return 1;
  return lowerName.includes(lowerTyped) ? 2 : null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
