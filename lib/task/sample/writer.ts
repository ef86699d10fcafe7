/** Draws words and forms for one split of a stand-in. */

import type { Random } from "../../random.js";
import type { WordList } from "./wordList.js";

/** The name of a split. */
export type Split = "train" | "dev" | "test";

/** How often dev and test rows take a word that training never shows, where the list has one. Ours. */
const heldOutShare = 0.85;

/** One split's source of choices. */
export interface Writer {
  /** A word; in dev and test mostly one that train rows never use. Never `except`. */
  pick(words: WordList, ...except: readonly string[]): string;
  /** One of the choices, the same ones in every split. */
  oneOf<T>(choices: readonly T[]): T;
  /** True with probability `share`. */
  chance(share: number): boolean;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
}

/** A writer for `split` that draws from `random`. */
export function createWriter(split: Split, random: Random): Writer {
  const oneOf = <T>(choices: readonly T[]): T => {
    const choice = choices[random.integer(choices.length)];
    if (choice === undefined)
      throw new RangeError("A writer needs at least one choice; got none. Add words to the list.");
    return choice;
  };
  return {
    pick: (words, ...except) => {
      const isHeldOut = split !== "train" && random.uniform() < heldOutShare;
      const pool = (isHeldOut ? words[split] : words.seen).filter((word) => !except.includes(word));
      return oneOf(pool.length > 0 ? pool : words.seen.filter((word) => !except.includes(word)));
    },
    oneOf,
    chance: (share) => random.uniform() < share,
    between: (low, high) => low + random.integer(high - low + 1),
  };
}

/** The text as a written sentence: a capital first, the mark last. */
export function sentence(text: string, mark: "." | "?" = "."): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + mark;
}

/** "a" or "an" before a word, by its first letter. */
export function withArticle(words: string): string {
  return `${/^[aeiou]/.test(words) && !/^(uni|use|eu|one)/.test(words) ? "an" : "a"} ${words}`;
}
