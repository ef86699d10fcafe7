/** Trains a lower-case WordPiece vocabulary on counted text. */

import { ConfigError } from "../errors.js";
import { normalizeBertText, splitBertWords } from "./bertText.js";
import { LABEL_WORDS } from "./labelWords.js";
import { type CountedWord, learnMerges } from "./mergeLearner.js";
import { SPECIAL_TOKENS, type TokenizerFile, tokenizerFile } from "./tokenizerFile.js";

/** How a WordPiece vocabulary is made. */
export interface WordPieceOptions {
  /** Size with the five special tokens. */
  readonly vocabSize: number;
  /** Characters that get pieces of their own, most frequent first; words with others become `<unk>`. Default 300. */
  readonly alphabetSize?: number;
  /** Words that are whole tokens however rare they are. Default: the label words of the ten tasks. */
  readonly keepWords?: readonly string[];
  /** Words seen less often do not vote on merges. Default 2. */
  readonly minWordCount?: number;
}

/**
 * A `tokenizer.json` with a WordPiece model. Pieces are joined by pair frequency, as the trainer of Hugging Face's
 * tokenizers does (Schuster & Nakajima 2012 join by likelihood gain), so frequent words are single pieces.
 *
 * @param chunkCounts  runs of text without white space and how often each occurs, see `countChunks`
 * @throws ConfigError  when `vocabSize` has no room for special tokens, alphabet and kept words
 */
export function trainWordPiece(chunkCounts: ReadonlyMap<string, number>, options: WordPieceOptions): TokenizerFile {
  const { vocabSize, alphabetSize = 300, keepWords = LABEL_WORDS, minWordCount = 2 } = options;
  const wordCounts = new Map<string, number>();
  for (const [chunk, count] of chunkCounts) {
    for (const word of splitBertWords(normalizeBertText(chunk)))
      wordCounts.set(word, (wordCounts.get(word) ?? 0) + count);
  }
  const alphabet = mostFrequentCharacters(wordCounts, alphabetSize);
  for (const word of keepWords) for (const character of word) alphabet.add(character);
  const pieces = new Set([...alphabet, ...[...alphabet].map((character) => `##${character}`), ...keepWords]);
  const room = vocabSize - SPECIAL_TOKENS.length - 1 - pieces.size;
  if (room < 0) {
    throw new ConfigError(
      `vocabSize must be at least ${vocabSize - room} for this alphabet (${alphabet.size} characters) and ${keepWords.length} kept words; got ${vocabSize}. Raise vocabSize or lower alphabetSize.`,
      { vocabSize, alphabetSize },
    );
  }
  const words: CountedWord[] = [];
  for (const [word, count] of wordCounts) {
    const characters = [...word];
    if (count < minWordCount || characters.length > 100 || !characters.every((character) => alphabet.has(character)))
      continue;
    words.push({ count, pieces: characters.map((character, i) => (i === 0 ? character : `##${character}`)) });
  }
  for (const merge of learnMerges(words, (left, right) => left + right.slice(2), room + keepWords.length)) {
    if (pieces.size < vocabSize - SPECIAL_TOKENS.length - 1) pieces.add(merge.joined);
  }
  return tokenizerFile(
    [...pieces],
    { type: "WordPiece", unk_token: "<unk>", continuing_subword_prefix: "##", max_input_chars_per_word: 100 },
    {
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: true,
        lowercase: true,
      },
      preTokenizer: { type: "BertPreTokenizer" },
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    },
  );
}

function mostFrequentCharacters(wordCounts: ReadonlyMap<string, number>, limit: number): Set<string> {
  const counts = new Map<string, number>();
  for (const [word, count] of wordCounts) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return new Set(ranked.slice(0, limit).map(([character]) => character));
}
