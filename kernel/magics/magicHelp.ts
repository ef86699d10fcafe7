/** What Tab and Shift-Tab know of magics. */

import type { Completion, Inspection } from "../compiler/cellCompiler.js";
import { findMagic, MAGICS, synopsis, TYPECHECK_MODES } from "./catalog.js";
import type { Magic } from "./magicLines.js";

/** Completes a magic's name, or the mode of `%typecheck`; null when the line up to the cursor is no beginning of either. */
export function completeMagic(source: string, position: number): Completion | null {
  const lineStart = source.lastIndexOf("\n", position - 1) + 1;
  const typed = source.slice(lineStart, position);
  const isName = /^%%?\w*$/.test(typed);
  const isMode = /^%typecheck[ \t]+\w*$/.test(typed);
  if (!isName && !isMode) return null;
  const word = /\w*$/.exec(typed)?.[0] ?? "";
  const start = isName ? lineStart : position - word.length;
  const end = position + (/^\w*/.exec(source.slice(position))?.[0].length ?? 0);
  const candidates = isName ? MAGICS.map(({ name }) => name) : [...TYPECHECK_MODES];
  const matches = candidates.filter((name) => name.startsWith(source.slice(start, position)));
  return { start, end, matches, kinds: matches.map(() => (isName ? "magic" : "value")) };
}

/** Describes a magic under the cursor. */
export function inspectMagic(magic: Magic): Inspection | null {
  const info = findMagic(magic.name);
  if (info === undefined) return null;
  return { signature: synopsis(info), documentation: info.help, tags: [] };
}
