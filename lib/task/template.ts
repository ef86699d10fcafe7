/** A cloze template: where the texts go, where the model answers, and what gives way when it gets too long. */

import type { BackboneConfig } from "../backbone/backbone.js";
import type { Tokenizer } from "../backbone/tokenizer.js";
import { ConfigError, DataError } from "../errors.js";
import type { Example } from "./task.js";

/** A piece of a template, in order. `isSpaced` says whether white space stands before it. */
export type TemplatePart =
  | { readonly kind: "words"; readonly text: string; readonly isSpaced: boolean }
  | { readonly kind: "slot"; readonly slot: "text" | "pair"; readonly isSpaced: boolean }
  | { readonly kind: "mask" };

/** A parsed template: exactly one mask, and one slot for each text. */
export interface Template {
  readonly source: string;
  readonly parts: readonly TemplatePart[];
  readonly isPair: boolean;
}

/** An example in its template, as the backbone reads it. */
export interface Cloze {
  /** Token ids with the model's special tokens. */
  readonly ids: readonly number[];
  /** Index in `ids` where the label word is predicted: of the mask, or of the last token when the word comes after it. */
  readonly maskPosition: number;
}

/**
 * Reads a template such as `{x} . It was <mask> .` or `{a} ? <mask> , {b}`.
 *
 * @throws ConfigError  unless there is exactly one `<mask>`, and either one `{x}` or one `{a}` and one `{b}`
 */
export function parseTemplate(source: string): Template {
  const pieces = source.split(/(<mask>|\{[^{}]*\})/);
  const count = (piece: string): number => pieces.filter((other) => other === piece).length;
  const unknown = pieces.filter((piece) => piece.startsWith("{") && !slotNames.has(piece));
  const isSingle = count("{x}") === 1 && count("{a}") === 0 && count("{b}") === 0;
  const isPair = count("{x}") === 0 && count("{a}") === 1 && count("{b}") === 1;
  if (count("<mask>") !== 1 || unknown.length > 0 || !(isSingle || isPair)) {
    throw new ConfigError(
      "A template must hold exactly one <mask>, and either one {x} or one {a} and one {b}; got " +
        `${JSON.stringify(source)}. Write for instance "{x} . It was <mask> ." or "{a} ? <mask> , {b}".`,
      { template: source, maskCount: count("<mask>"), unknownSlots: unknown },
    );
  }
  const parts: TemplatePart[] = [];
  let isSpaced = false;
  for (const piece of pieces) {
    const slot = slotNames.get(piece);
    if (piece === "<mask>") parts.push({ kind: "mask" });
    else if (slot !== undefined) parts.push({ kind: "slot", slot, isSpaced });
    else if (piece.trim() !== "")
      parts.push({ kind: "words", text: piece.trim(), isSpaced: isSpaced || /^\s/.test(piece) });
    isSpaced = /\s$/.test(piece);
  }
  return { source, parts, isPair };
}

/**
 * Puts an example into the template. When that is longer than `maxLength`, one token at a time is dropped from the end
 * of the longer text (the second on a tie); the words of the template and the mask always stay.
 *
 * Space before a piece goes with the piece, as byte-level vocabularies have it, and space before the mask is dropped, so
 * that the ids are those of the whole string. Special tokens written in a text are plain text here.
 *
 * With `clozePosition` "last" the label word comes after the text: the mask moves to the end together with the words
 * directly after it, which are then never read. `{a} ? <mask> , {b}` becomes `{a} ? {b}`.
 *
 * @param maxLength      longest encoding in tokens, special tokens included
 * @param clozePosition  where the backbone predicts a label word; `BackboneConfig.clozePosition`
 * @throws ConfigError  when the template alone, with one token for each text, does not fit
 * @throws DataError    when the example has no second text for a pair template, one too many, or no token at all
 */
export function encodeCloze(
  template: Template,
  tokenizer: Tokenizer,
  example: Example,
  maxLength: number,
  clozePosition: BackboneConfig["clozePosition"] = "mask",
): Cloze {
  if (template.isPair !== (example.pair !== undefined)) {
    throw new DataError(
      `The template ${JSON.stringify(template.source)} takes ${template.isPair ? "two texts" : "one text"}; the example ` +
        `has ${template.isPair ? "one" : "two"}. Use the template of the example's own task.`,
      { template: template.source, example },
    );
  }
  const isLast = clozePosition === "last";
  const parts = isLast ? partsBeforeLabel(template.parts) : template.parts;
  const begin = present(tokenizer.beginTokenId);
  const end = isLast ? [] : present(tokenizer.endTokenId);
  const pieces = parts.map((part) => {
    if (part.kind === "mask") return present(tokenizer.maskTokenId);
    const text = part.kind === "words" ? part.text : ((part.slot === "text" ? example.text : example.pair) ?? "");
    return tokenizer.tokenize(part.isSpaced ? ` ${text}` : text);
  });
  const isText = (index: number): boolean => parts[index]?.kind === "slot";
  const specialCount = begin.length + end.length;
  const fixed = pieces.reduce((sum, ids, index) => sum + (isText(index) ? 0 : ids.length), specialCount);
  const texts = pieces.filter((_, index) => isText(index));
  if (fixed + texts.length > maxLength) {
    throw new ConfigError(
      `maxLength must leave room for the template: ${fixed} tokens and at least ${texts.length} of text; got ` +
        `${maxLength}. Raise maxLength or shorten ${JSON.stringify(template.source)}.`,
      { maxLength, templateLength: fixed },
    );
  }
  shorten(texts, maxLength - fixed);
  const ids = [...begin, ...pieces.flat(), ...end];
  if (ids.length === 0) {
    throw new DataError(
      `An example needs at least one token before its label word; got none from ${JSON.stringify(template.source)}. ` +
        "Remove empty texts from the data.",
      { template: template.source, example },
    );
  }
  const maskIndex = parts.findIndex((part) => part.kind === "mask");
  const maskPosition = isLast ? ids.length - 1 : begin.length + pieces.slice(0, maskIndex).flat().length;
  return { ids, maskPosition };
}

/** What stands before the label word when that comes last; nothing that follows it directly is read. */
function partsBeforeLabel(parts: readonly TemplatePart[]): TemplatePart[] {
  const mask = parts.findIndex((part) => part.kind === "mask");
  const after = parts.slice(parts[mask + 1]?.kind === "words" ? mask + 2 : mask + 1);
  return [...parts.slice(0, mask), ...after].map((part, index) => (index === 0 ? { ...part, isSpaced: false } : part));
}

function present(id: number | undefined): number[] {
  return id === undefined ? [] : [id];
}

const slotNames: ReadonlyMap<string, "text" | "pair"> = new Map([
  ["{x}", "text"],
  ["{a}", "text"],
  ["{b}", "pair"],
]);

function shorten(texts: readonly number[][], room: number): void {
  let excess = texts.reduce((sum, ids) => sum + ids.length, -room);
  for (; excess > 0; excess--) {
    texts.reduce((longest, ids) => (ids.length >= longest.length ? ids : longest)).pop();
  }
}
