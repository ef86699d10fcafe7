/** The tokenizer.json that the older vocabulary files of a model stand for. */

import { z } from "zod";
import { CheckpointError } from "../errors.js";

/** Special tokens of a model, by role; a decoder has an end of text alone. */
export interface SpecialTokens {
  readonly begin?: string;
  readonly end?: string;
  readonly pad?: string;
  readonly mask?: string;
}

/** What vocabularies of one kind call their special tokens, and how they stand around texts. */
interface Frame extends Required<SpecialTokens> {
  readonly unknown: string;
  readonly processor: "RobertaProcessing" | "BertProcessing";
}

const ROBERTA: Frame = {
  begin: "<s>",
  end: "</s>",
  pad: "<pad>",
  mask: "<mask>",
  unknown: "<unk>",
  processor: "RobertaProcessing",
};
const BERT: Frame = {
  begin: "[CLS]",
  end: "[SEP]",
  pad: "[PAD]",
  mask: "[MASK]",
  unknown: "[UNK]",
  processor: "BertProcessing",
};
const END_OF_TEXT = "<|endoftext|>";

/**
 * From `vocab.json` and `merges.txt`. The special tokens are RoBERTa's, DeBERTa's or GPT-2's, whichever the vocabulary
 * has, unless `names` says otherwise.
 *
 * @source RobertaTokenizer, DebertaTokenizer and GPT2Tokenizer in Hugging Face transformers: byte-level, no space added
 *   in front, the mask token swallows the spaces on its left
 */
export function bytePairFile(vocab: unknown, merges: string, names: SpecialTokens, path: string): unknown {
  const parsed = z.record(z.string(), z.int().nonnegative()).safeParse(vocab);
  if (!parsed.success) {
    throw new CheckpointError(`${path} must map tokens to ids.`, { path }, { cause: parsed.error });
  }
  const ids = parsed.data;
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const isDecoder =
    END_OF_TEXT in ids && [ROBERTA, BERT].every(({ mask }) => !(mask in ids)) && names.mask === undefined;
  return {
    ...(isDecoder
      ? { added_tokens: [addedToken(END_OF_TEXT, ids, path)] }
      : framed(BERT.begin in ids ? BERT : ROBERTA, names, ids, path)),
    normalizer: null,
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      vocab: ids,
      merges: merges.split(/\r?\n/).filter((line, row) => line !== "" && !(row === 0 && line.startsWith("#version"))),
    },
  };
}

/**
 * From BERT's `vocab.txt`, one token a line.
 *
 * @param isLowerCase  whether texts are lower-cased and stripped of accents
 * @source BertTokenizer in Hugging Face transformers
 */
export function wordPieceFile(lines: string, names: SpecialTokens, isLowerCase: boolean, path: string): unknown {
  const tokens = lines.replace(/\r?\n$/, "").split(/\r?\n/);
  const ids = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return {
    ...framed(BERT, names, ids, path),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: isLowerCase,
      lowercase: isLowerCase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { type: "WordPiece", unk_token: "[UNK]", max_input_chars_per_word: 100, vocab: ids },
  };
}

/** Special tokens and the post-processor that puts them around texts. */
function framed(frame: Frame, names: SpecialTokens, ids: Readonly<Record<string, number>>, path: string) {
  const { begin = frame.begin, end = frame.end, pad = frame.pad, mask = frame.mask } = names;
  const unknown = frame.unknown in ids ? [frame.unknown] : [];
  const added = [begin, end, pad, ...unknown, mask].map((content) => addedToken(content, ids, path));
  return {
    added_tokens: added.map((token) => ({ ...token, lstrip: token.content === mask })),
    post_processor: { type: frame.processor, cls: [begin, ids[begin]], sep: [end, ids[end]] },
  };
}

function addedToken(content: string, ids: Readonly<Record<string, number>>, path: string) {
  const id = ids[content];
  if (id !== undefined) {
    return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  }
  throw new CheckpointError(
    `${path} lacks the special token ${content}. Name the special tokens in special_tokens_map.json.`,
    { path, token: content },
  );
}
