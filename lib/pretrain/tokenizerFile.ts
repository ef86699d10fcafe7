/** The parts of a Hugging Face `tokenizer.json` that both of our tokenizer trainers write. */

/** RoBERTa's special tokens; the first four have ids 0 to 3, `<mask>` the last id. */
export const SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>"] as const;

/** The mask token; it takes the last id of the vocabulary and swallows white space on its left. */
export const MASK_TOKEN = "<mask>";

/** The JSON value of a `tokenizer.json`; `model` holds the vocabulary, the rest says how text is cut. */
export interface TokenizerFile {
  readonly version: string;
  readonly model: Readonly<Record<string, unknown>> & { readonly vocab: Readonly<Record<string, number>> };
  readonly [part: string]: unknown;
}

/**
 * A whole `tokenizer.json` around a model.
 *
 * @param pieces  vocabulary without special tokens, in id order; ids start at 4
 */
export function tokenizerFile(
  pieces: readonly string[],
  model: Readonly<Record<string, unknown>>,
  text: { readonly normalizer: unknown; readonly preTokenizer: unknown; readonly decoder: unknown },
): TokenizerFile {
  const tokens = [...SPECIAL_TOKENS, ...pieces, MASK_TOKEN];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const addedTokens = [...SPECIAL_TOKENS, MASK_TOKEN].map((content) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: content === MASK_TOKEN,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens,
    normalizer: text.normalizer,
    pre_tokenizer: text.preTokenizer,
    post_processor: {
      type: "RobertaProcessing",
      sep: ["</s>", 2],
      cls: ["<s>", 0],
      trim_offsets: true,
      add_prefix_space: false,
    },
    decoder: text.decoder,
    model: { ...model, vocab },
  };
}
