/** From classes to label words to vocabulary ids. */

import type { Tokenizer } from "../backbone/tokenizer.js";
import { DataError } from "../errors.js";

/** The label words of a task in one vocabulary. */
export interface Verbalizer {
  /** One word per class, in label index order. */
  readonly words: readonly string[];
  /** The single token of each word, in the same order; all different. */
  readonly tokenIds: readonly number[];
}

/**
 * Looks the label words up. A word is read as it stands inside a sentence: after a space (which byte-level vocabularies
 * keep in the token), and lower-cased where the vocabulary is.
 *
 * @throws DataError  when a word is not one token of the vocabulary, or two classes share a token
 */
export function createVerbalizer(tokenizer: Tokenizer, words: readonly string[]): Verbalizer {
  const tokenIds = words.map((word) => {
    const ids = tokenizer.tokenize(` ${word}`);
    const [id] = ids;
    const isWhole = ids.length === 1 && id !== undefined && isSameWord(tokenizer.decode([id]), word);
    if (!isWhole) {
      const pieces = ids.map((piece) => tokenizer.token(piece) ?? String(piece));
      throw new DataError(
        `The label word ${JSON.stringify(word)} must be one token of this vocabulary; it is ${pieces.length} ` +
          `(${pieces.join(" ") || "none"}). Choose another label word for the class.`,
        { word, pieces },
      );
    }
    return id;
  });
  words.forEach((word, index) => {
    const first = tokenIds.indexOf(tokenIds[index] ?? -1);
    if (first === index) return;
    throw new DataError(
      `Each class needs a label word of its own; ${JSON.stringify(words[first])} and ${JSON.stringify(word)} are the ` +
        "same token of this vocabulary. Choose another word for one of them.",
      { words: [words[first], word], tokenId: tokenIds[index] },
    );
  });
  return { words, tokenIds };
}

/** Distinguishes a word's own token from an unknown-word token. */
function isSameWord(decoded: string, word: string): boolean {
  return decoded.trim().toLowerCase() === word.trim().toLowerCase();
}
