/** A `Tokenizer` from the content of a tokenizer.json: byte-level BPE, WordPiece, or whatever else the package reads. */

import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { CheckpointError, DataError } from "../errors.js";
import type { EncodeOptions, Tokenizer } from "./tokenizer.js";

/** The roles that a model gives to special tokens; each is a token string. */
export interface SpecialTokenNames {
  readonly pad?: string;
  readonly mask?: string;
}

const addedTokenSchema = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  special: z.boolean().default(false),
});

const tokenAndId = z.tuple([z.string(), z.int()]);
const templateItem = z.union([
  z.object({ SpecialToken: z.looseObject({ id: z.string(), type_id: z.int().default(0) }) }),
  z.object({ Sequence: z.looseObject({ id: z.enum(["A", "B"]), type_id: z.int().default(0) }) }),
]);

const fileSchema = z.looseObject({
  model: z.looseObject({ type: z.string(), vocab: z.record(z.string(), z.int().nonnegative()) }),
  added_tokens: z.array(addedTokenSchema).default([]),
  normalizer: z.unknown().default(null),
  pre_tokenizer: z.unknown().default(null),
  post_processor: z.unknown().default(null),
  decoder: z.unknown().default(null),
});

const processorSchema = z.union([
  z.looseObject({ type: z.enum(["RobertaProcessing", "BertProcessing"]), cls: tokenAndId, sep: tokenAndId }),
  z.looseObject({
    type: z.literal("TemplateProcessing"),
    single: z.array(templateItem),
    pair: z.array(templateItem),
    special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.int()) })),
  }),
]);

/** Where the two texts and the special tokens go (a number is a token id), and the token type of each. */
type Template = readonly { readonly piece: "A" | "B" | number; readonly typeId: number }[];

/**
 * Wraps a tokenizer.json. Special tokens whose roles `names` leaves out are found by name ("mask" or "pad" is part of
 * it); a vocabulary without padding, but with one special token in all, pads with that.
 *
 * @param label  where the content came from, for error messages
 * @throws CheckpointError  when the content is no tokenizer, or a role cannot be filled
 */
export function createTokenizer(content: unknown, label: string, names: SpecialTokenNames = {}): Tokenizer {
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) {
    throw new CheckpointError(
      `${label} is not a tokenizer that can be read here:\n${z.prettifyError(parsed.error)}`,
      { label },
      { cause: parsed.error },
    );
  }
  const file = parsed.data;
  const templates = readTemplates(file.post_processor);
  const { whole, plain } = buildTokenizers(file, label);
  const model = whole.model;
  if (model === null) throw new CheckpointError(`${label} has no model.`, { label });

  const idOf = (token: string): number | undefined => whole.token_to_id(token);
  const special = file.added_tokens.filter((token) => token.special);
  const resolve = (role: keyof SpecialTokenNames, guesses: typeof special): number | undefined => {
    const name = names[role];
    const found = name === undefined ? guesses.map((token) => token.id) : [idOf(name)];
    if (found.length === 0 || (found.length === 1 && found[0] !== undefined)) return found[0];
    throw new CheckpointError(
      `${label} does not say which token is the ${role} token. Name it in special_tokens_map.json beside it.`,
      { label, role, found },
    );
  };
  const named = (part: RegExp): typeof special => special.filter((token) => part.test(token.content));
  const padding = named(/pad/i);
  const padTokenId = resolve("pad", padding.length > 0 ? padding : special);
  if (padTokenId === undefined) {
    throw new CheckpointError(`${label} has no special token to pad with. Name one in special_tokens_map.json.`, {
      label,
    });
  }
  const maskTokenId = resolve("mask", named(/mask/i));
  const edge = (item: Template[number] | undefined): number | undefined =>
    typeof item?.piece === "number" ? item.piece : undefined;

  return {
    vocabSize: model.vocab.length,
    padTokenId,
    maskTokenId,
    maskToken: maskTokenId === undefined ? undefined : whole.id_to_token(maskTokenId),
    beginTokenId: edge(templates.single[0]),
    endTokenId: edge(templates.single.at(-1)),
    tokenize: (text) => [...plain.encode(text).ids],
    encode: (text, pair, options) => {
      const first = whole.encode(text).ids;
      const second = pair === undefined ? [] : whole.encode(pair).ids;
      const template = pair === undefined ? templates.single : templates.pair;
      const [keptFirst, keptSecond] = truncate(first, second, template.length - (pair === undefined ? 1 : 2), options);
      const pieces = template.map(({ piece }) => (piece === "A" ? keptFirst : piece === "B" ? keptSecond : [piece]));
      const ids = pieces.flat();
      const typeIds = template.flatMap(({ typeId }, index) => (pieces[index] ?? []).map(() => typeId));
      return { ids, tokens: ids.map((id) => whole.id_to_token(id) ?? ""), typeIds };
    },
    token: (id) => whole.id_to_token(id),
    tokenId: idOf,
    decode: (ids) => (ids.length === 0 ? "" : whole.decode([...ids], { clean_up_tokenization_spaces: false })),
  };
}

/** Two tokenizers over one vocabulary: `whole` finds special tokens in a text, to `plain` they are ordinary text. */
function buildTokenizers(
  file: z.infer<typeof fileSchema>,
  label: string,
): { readonly whole: HubTokenizer; readonly plain: HubTokenizer } {
  const model = file.model.type === "WordPiece" ? { continuing_subword_prefix: "##", ...file.model } : file.model;
  const unframed = { ...file, post_processor: null };
  try {
    const whole = new HubTokenizer({ ...unframed, model }, {});
    const empty = { ...file.model, vocab: {}, merges: [] };
    const plain = new HubTokenizer({ ...unframed, model: empty, added_tokens: [] }, {});
    plain.model = whole.model; // one vocabulary in memory
    return { whole, plain };
  } catch (cause) {
    throw new CheckpointError(`${label} is a kind of tokenizer that cannot be read here.`, { label }, { cause });
  }
}

function readTemplates(processor: unknown): { readonly single: Template; readonly pair: Template } {
  const parts = z.looseObject({ type: z.literal("Sequence"), processors: z.array(z.unknown()) }).safeParse(processor);
  for (const part of parts.success ? parts.data.processors : [processor]) {
    const parsed = processorSchema.safeParse(part);
    if (!parsed.success) continue;
    const p = parsed.data;
    if (p.type !== "TemplateProcessing") {
      const [begin, end] = [p.cls[1], p.sep[1]];
      const isRoberta = p.type === "RobertaProcessing"; // two separators, no token types
      const single = typed(0, begin, "A", end);
      return { single, pair: [...single, ...(isRoberta ? typed(0, end, "B", end) : typed(1, "B", end))] };
    }
    const expand = (items: readonly z.infer<typeof templateItem>[]): Template =>
      items.flatMap((item) =>
        "Sequence" in item
          ? typed(item.Sequence.type_id, item.Sequence.id)
          : typed(item.SpecialToken.type_id, ...(p.special_tokens[item.SpecialToken.id]?.ids ?? [])),
      );
    return { single: expand(p.single), pair: expand(p.pair) };
  }
  return { single: typed(0, "A"), pair: typed(0, "A", "B") };
}

function typed(typeId: number, ...pieces: readonly ("A" | "B" | number)[]): Template {
  return pieces.map((piece) => ({ piece, typeId }));
}

function truncate(
  first: readonly number[],
  second: readonly number[],
  specialCount: number,
  { maxLength = Number.POSITIVE_INFINITY, truncation = "longest_first" }: EncodeOptions = {},
): [readonly number[], readonly number[]] {
  const room = maxLength - specialCount;
  const needed = truncation === "only_first" ? second.length : 0;
  if (room < needed) {
    throw new DataError(
      `maxLength must be at least ${specialCount + needed} for ${specialCount} special tokens` +
        `${needed > 0 ? ` and a second text of ${needed}` : ""}; got ${maxLength}. Raise it, or shorten the text.`,
      { maxLength, specialCount, secondLength: second.length },
    );
  }
  let [keepFirst, keepSecond] = [first.length, second.length];
  while (keepFirst + keepSecond > room) {
    if (truncation === "only_first" || keepFirst > keepSecond) keepFirst--;
    else keepSecond--;
  }
  return [first.slice(0, keepFirst), second.slice(0, keepSecond)];
}
