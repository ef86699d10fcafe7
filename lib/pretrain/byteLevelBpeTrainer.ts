/** Trains a byte-level BPE vocabulary, GPT-2's and RoBERTa's kind, on counted text. */

import { ConfigError } from "../errors.js";
import { learnMerges } from "./mergeLearner.js";
import { SPECIAL_TOKENS, type TokenizerFile, tokenizerFile } from "./tokenizerFile.js";

const GPT2_WORD = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** How a byte-level BPE vocabulary is made. */
export interface ByteLevelBpeOptions {
  /** Size with the five special tokens; the 256 bytes are always in it. */
  readonly vocabSize: number;
  /** Words seen less often do not vote on merges. Default 2. */
  readonly minWordCount?: number;
}

/**
 * A `tokenizer.json` with a byte-level BPE model.
 *
 * @param chunkCounts  runs of text with the space before them, if any, and how often each occurs, see `countChunks`
 * @throws ConfigError  when `vocabSize` is below 261
 * @source Radford et al. 2019 (GPT-2): word pattern and the printable stand-ins of the 256 bytes
 */
export function trainByteLevelBpe(
  chunkCounts: ReadonlyMap<string, number>,
  options: ByteLevelBpeOptions,
): TokenizerFile {
  const { vocabSize, minWordCount = 2 } = options;
  const stand = byteStandIns();
  const room = vocabSize - SPECIAL_TOKENS.length - 1 - stand.length;
  if (room < 0)
    throw new ConfigError(`vocabSize must be at least ${vocabSize - room}; got ${vocabSize}. Raise it.`, { vocabSize });
  const wordCounts = new Map<string, number>();
  for (const [chunk, count] of chunkCounts) {
    for (const word of chunk.match(GPT2_WORD) ?? []) wordCounts.set(word, (wordCounts.get(word) ?? 0) + count);
  }
  const encoder = new TextEncoder();
  const words = [...wordCounts]
    .filter(([, count]) => count >= minWordCount)
    .map(([word, count]) => ({ count, pieces: Array.from(encoder.encode(word), (byte) => stand[byte] ?? "") }));
  const merges = learnMerges(words, (left, right) => left + right, room);
  return tokenizerFile(
    [...new Set([...[...stand].sort(), ...merges.map((merge) => merge.joined)])],
    {
      type: "BPE",
      dropout: null,
      unk_token: null,
      fuse_unk: false,
      merges: merges.map(({ left, right }) => `${left} ${right}`),
    },
    {
      normalizer: null,
      preTokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      decoder: { type: "ByteLevel" },
    },
  );
}

/** The printable character that stands for each of the 256 bytes. */
function byteStandIns(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(isPrintable ? byte : next++);
  });
}
