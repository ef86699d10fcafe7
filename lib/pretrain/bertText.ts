/** BERT's lower-case text rules: what the normalizer and pre-tokenizer of our `tokenizer.json` files do, for training on it. */

const CONTROL_EXCEPT_SPACE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\0\ufffd]/gu;
const COMBINING_MARK = /\p{Mn}/gu;
const CHINESE = /[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
const WORD_OR_PUNCTUATION = /[\p{P}!-/:-@[-`{-~]|[^\s\p{P}!-/:-@[-`{-~]+/gu;

/** Clean, lower-case text without accents; Chinese characters stand apart. */
export function normalizeBertText(text: string): string {
  const clean = text.replace(/[\t\n\r]/g, " ").replace(CONTROL_EXCEPT_SPACE, "");
  return clean.replace(CHINESE, " $& ").normalize("NFD").replace(COMBINING_MARK, "").toLowerCase();
}

/** Words of a normalised text: runs without white space, each punctuation mark a word of its own. */
export function splitBertWords(normalized: string): string[] {
  return normalized.match(WORD_OR_PUNCTUATION) ?? [];
}
