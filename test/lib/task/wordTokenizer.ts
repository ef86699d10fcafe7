/** A small vocabulary for tests: pieces are words and punctuation marks; case and the space before a word count. */

import type { Tokenizer } from "../../../lib/backbone/tokenizer.js";

const special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

/** As byte-level vocabularies do, writes the space before a word into its token, as `Ġ`. */
export function createWordTokenizer(words: readonly string[]): Tokenizer {
  const vocabulary = [...special, ...words];
  const toId = (token: string): number => {
    const id = vocabulary.indexOf(token);
    return id === -1 ? 3 : id;
  };
  const tokenize = (text: string): number[] =>
    [...text.matchAll(/ ?\w+| ?[^\w\s]/g)].map(([piece]) => toId(piece.replace(" ", "Ġ")));
  return {
    vocabSize: vocabulary.length,
    padTokenId: 1,
    maskTokenId: 4,
    maskToken: "<mask>",
    beginTokenId: 0,
    endTokenId: 2,
    tokenize,
    encode: (text) => {
      const ids = text.split(/ ?(<mask>)/).flatMap((piece) => (piece === "<mask>" ? [4] : tokenize(piece)));
      return { ids: [0, ...ids, 2], tokens: [], typeIds: [] };
    },
    token: (id) => vocabulary[id],
    tokenId: (token) => (vocabulary.includes(token) ? vocabulary.indexOf(token) : undefined),
    decode: (ids) => ids.map((id) => vocabulary[id]?.replace("Ġ", " ") ?? "").join(""),
  };
}
