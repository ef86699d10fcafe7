/** Loading a vocabulary from the files beside a model. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../errors.js";
import { exists, readJsonFile } from "./checkpoint.js";
import { createTokenizer, type SpecialTokenNames } from "./createTokenizer.js";
import type { Tokenizer } from "./tokenizer.js";

const roleNames = z.looseObject({
  cls_token: z.unknown(),
  bos_token: z.unknown(),
  sep_token: z.unknown(),
  eos_token: z.unknown(),
  pad_token: z.unknown(),
  mask_token: z.unknown(),
});

/**
 * Reads `tokenizer.json`, or else RoBERTa's `vocab.json` and `merges.txt`. The names of special tokens come from
 * `special_tokens_map.json` or `tokenizer_config.json` where one is there.
 *
 * @throws CheckpointError  when there is no vocabulary, or it is malformed
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const names = await readSpecialTokenNames(directory);
  const single = join(directory, "tokenizer.json");
  if (await exists(single)) return createTokenizer(await readJsonFile(single), single, names);
  const vocabPath = join(directory, "vocab.json");
  const mergesPath = join(directory, "merges.txt");
  if ((await exists(vocabPath)) && (await exists(mergesPath))) {
    const vocab = await readJsonFile(vocabPath);
    return createTokenizer(bytePairFile(vocab, await readFile(mergesPath, "utf8"), names, vocabPath), vocabPath, names);
  }
  throw new CheckpointError(
    `${directory} holds no tokenizer: expected tokenizer.json, or vocab.json and merges.txt. ` +
      "Copy them from the model's page, or pass a tokenizer to loadBackbone.",
    { directory },
  );
}

async function readSpecialTokenNames(directory: string): Promise<SpecialTokenNames> {
  for (const file of ["special_tokens_map.json", "tokenizer_config.json"]) {
    const path = join(directory, file);
    if (!(await exists(path))) continue;
    const parsed = roleNames.safeParse(await readJsonFile(path));
    if (!parsed.success) {
      throw new CheckpointError(`${path} must be an object of token names.`, { path }, { cause: parsed.error });
    }
    const roles = parsed.data;
    const begin = tokenName(roles.cls_token) ?? tokenName(roles.bos_token);
    const end = tokenName(roles.sep_token) ?? tokenName(roles.eos_token);
    const [pad, mask] = [tokenName(roles.pad_token), tokenName(roles.mask_token)];
    if (pad !== undefined || mask !== undefined) return { begin, end, pad, mask };
  }
  return {};
}

/** A token is written as its string or as an object with the string in `content`. */
function tokenName(value: unknown): string | undefined {
  const parsed = z.union([z.string(), z.looseObject({ content: z.string() })]).safeParse(value);
  if (!parsed.success) return undefined;
  return typeof parsed.data === "string" ? parsed.data : parsed.data.content;
}

/**
 * The tokenizer.json that RoBERTa's two older files stand for.
 *
 * @source RobertaTokenizer in Hugging Face transformers: byte-level, no space added in front, `<mask>` swallows the
 *   spaces on its left
 */
function bytePairFile(vocab: unknown, merges: string, names: SpecialTokenNames, path: string): unknown {
  const ids = z.record(z.string(), z.int().nonnegative()).safeParse(vocab);
  if (!ids.success) {
    throw new CheckpointError(`${path} must map tokens to ids.`, { path }, { cause: ids.error });
  }
  const idOf = (token: string): number => {
    const id = ids.data[token];
    if (id !== undefined) return id;
    throw new CheckpointError(
      `${path} lacks the special token ${token}. Name the special tokens in special_tokens_map.json.`,
      { path, token },
    );
  };
  const { begin = "<s>", end = "</s>", pad = "<pad>", mask = "<mask>" } = names;
  const unknown = "<unk>" in ids.data ? ["<unk>"] : [];
  return {
    added_tokens: [begin, pad, end, ...unknown, mask].map((content) => ({
      id: idOf(content),
      content,
      single_word: false,
      lstrip: content === mask,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: "RobertaProcessing", cls: [begin, idOf(begin)], sep: [end, idOf(end)] },
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      vocab: ids.data,
      merges: merges.split(/\r?\n/).filter((line, row) => line !== "" && !(row === 0 && line.startsWith("#version"))),
    },
  };
}
