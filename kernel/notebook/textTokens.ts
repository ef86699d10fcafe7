/**
 * Text as numbers and words, without what no second run repeats: durations, dates, sizes of memory, folders of a machine.
 * "accuracy 0.785 after 12.3 s" has the word "accuracy", the number 0.785, the word "after", and a duration left out.
 */

/** What was found in a text, in its order. */
export interface Tokens {
  readonly values: readonly (number | string)[];
  /** Kinds of what was left out, one entry each. */
  readonly leftOut: readonly string[];
}

const VOLATILE: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["date", /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g],
  ["duration", /(?<![\w.])\d[\d.,]*\s?(?:ms|s|sec|seconds?|min|minutes?|h|hours?)(?![\w-])/g],
  ["memory", /(?<![\w.])\d[\d.,]*\s?(?:[kKMGT]i?B|bytes)(?![\w-])/g],
  ["folder", /(?<![\w.:/-])(?:~?\/[\w.-]+\/\S*|[A-Za-z]:\\\S*)/g],
];

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?$/;

/** Numbers and words of plain text; a number in a word (`sst2`, `2/12`) belongs to the word. */
export function tokensOf(text: string): Tokens {
  const leftOut: string[] = [];
  let rest = text;
  for (const [kind, pattern] of VOLATILE) {
    rest = rest.replace(pattern, () => {
      leftOut.push(kind);
      return " ";
    });
  }
  const words = rest.split(/[\s,;:()[\]{}=|"'`<>±]+/).map((word) => word.replace(/[.!?]+$/, ""));
  const values = words
    .filter((word) => word !== "")
    .map((word) => (NUMBER.test(word) ? Number.parseFloat(word) : word));
  return { values, leftOut };
}

/**
 * What a name of a column, a row, a trace or an axis says about its values: "duration", "memory" or "date" where no second
 * run repeats them ("seconds of training", "peak memory (MB)"), else undefined.
 */
export function volatileKind(name: string): "duration" | "memory" | "date" | undefined {
  if (
    /\b(?:(?:milli)?seconds?|minutes?|hours?|ms|durations?|took|elapsed|ETA|time)\b|\((?:s|min|h)\)|\/s\b/i.test(name)
  )
    return "duration";
  if (/\bmemory\b|\b[kMGT]i?B\b/i.test(name)) return "memory";
  return /\b(?:date|started|finished)\b/i.test(name) ? "date" : undefined;
}
