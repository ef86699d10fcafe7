/** Text to token ids and back, the same for every vocabulary. */

/** Token ids of one or two texts with the model's special tokens. */
export interface Encoding {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}

/** A loaded vocabulary. Special-token ids are those of the model. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly padTokenId: number;
  readonly maskTokenId: number;
  readonly maskToken: string;
  /** Ids of the special tokens put before and after a single text: `<s>` and `</s>`. */
  readonly beginTokenId: number;
  readonly endTokenId: number;
  /** Ids of plain text: no special tokens are added, and none is recognised in the text. */
  tokenize(text: string): number[];
  /**
   * Whole encoding with special tokens; special tokens written in the text (such as `<mask>`) are recognised.
   * Over `maxLength`, `longest_first` truncation drops one token at a time from the longer text, the second on a tie.
   */
  encode(text: string, pair?: string, options?: { readonly maxLength?: number }): Encoding;
  /** The token string of an id; undefined when out of range. */
  token(id: number): string | undefined;
  /** The id of a token string; undefined when not in the vocabulary. */
  tokenId(token: string): number | undefined;
  decode(ids: readonly number[]): string;
}
