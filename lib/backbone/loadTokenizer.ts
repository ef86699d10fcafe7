/** Loading a vocabulary from the files beside a model. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../errors.js";
import { exists, readJsonFile } from "./checkpoint.js";
import { createTokenizer } from "./createTokenizer.js";
import type { Tokenizer } from "./tokenizer.js";
import { bytePairFile, type SpecialTokens, wordPieceFile } from "./vocabularyFiles.js";

const role = z.unknown().optional();
const roleNames = z.looseObject({
  cls_token: role,
  bos_token: role,
  sep_token: role,
  eos_token: role,
  pad_token: role,
  mask_token: role,
});

/**
 * Reads `tokenizer.json`, or else `vocab.json` and `merges.txt` (RoBERTa, DeBERTa, GPT-2), or `vocab.txt` (BERT). The
 * names of special tokens come from `special_tokens_map.json` or `tokenizer_config.json` where one is there.
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
  const linesPath = join(directory, "vocab.txt");
  if (await exists(linesPath)) {
    const lines = await readFile(linesPath, "utf8");
    return createTokenizer(wordPieceFile(lines, names, await isLowerCase(directory), linesPath), linesPath, names);
  }
  throw new CheckpointError(
    `${directory} holds no tokenizer: expected tokenizer.json, or vocab.json and merges.txt, or vocab.txt. ` +
      "Copy them from the model's page, or pass a tokenizer to loadBackbone.",
    { directory },
  );
}

async function readSpecialTokenNames(directory: string): Promise<SpecialTokens> {
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

/** Whether a word-piece vocabulary is of lower-case text: `do_lower_case`, true where nothing is said. */
async function isLowerCase(directory: string): Promise<boolean> {
  const path = join(directory, "tokenizer_config.json");
  if (!(await exists(path))) return true;
  const parsed = z.looseObject({ do_lower_case: z.boolean().default(true) }).safeParse(await readJsonFile(path));
  return parsed.success ? parsed.data.do_lower_case : true;
}

/** A token is written as its string or as an object with the string in `content`. */
function tokenName(value: unknown): string | undefined {
  const parsed = z.union([z.string(), z.looseObject({ content: z.string() })]).safeParse(value);
  if (!parsed.success) return undefined;
  return typeof parsed.data === "string" ? parsed.data : parsed.data.content;
}
