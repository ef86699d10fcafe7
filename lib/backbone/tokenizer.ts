/** Text to token ids and back, the same for every vocabulary. */

/** Token ids of one or two texts with the model's special tokens. */
export interface Encoding {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  /** 1 for tokens of the second text where the vocabulary's models tell it from the first, else 0. */
  readonly typeIds: readonly number[];
}

/** How `encode` keeps within a length; only the first text is shortened by "only_first". */
export interface EncodeOptions {
  /** Longest result in tokens, special tokens included; unlimited by default. */
  readonly maxLength?: number;
  readonly truncation?: "longest_first" | "only_first";
}

/** A loaded vocabulary. Special-token ids are those of the model. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly padTokenId: number;
  /** Nothing in the vocabulary of a decoder, which has no mask. */
  readonly maskTokenId: number | undefined;
  readonly maskToken: string | undefined;
  /** Ids of the special tokens put before and after a single text, such as `<s>` and `</s>`; nothing where none is. */
  readonly beginTokenId: number | undefined;
  readonly endTokenId: number | undefined;
  /** Ids of plain text: no special tokens are added, and none is recognised in the text. */
  tokenize(text: string): number[];
  /**
   * Whole encoding with special tokens; special tokens written in the text (such as `<mask>`) are recognised.
   * Over `maxLength`, `longest_first` truncation (the default) drops one token at a time from the end of the longer
   * text, of the second on a tie.
   * @throws DataError  when the special tokens alone, or with "only_first" the second text, are longer than `maxLength`
   */
  encode(text: string, pair?: string, options?: EncodeOptions): Encoding;
  /** The token string of an id; undefined when out of range. */
  token(id: number): string | undefined;
  /** The id of a token string; undefined when not in the vocabulary. */
  tokenId(token: string): number | undefined;
  decode(ids: readonly number[]): string;
}
