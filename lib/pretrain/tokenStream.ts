/** A corpus as one run of token ids, documents shuffled and parted by `</s>`, kept on disk between runs. */

import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { DataError } from "../errors.js";
import { createRandom } from "../random.js";
import { chunksOf } from "./chunk.js";
import { readDocuments } from "./corpus.js";
import type { TokenizerFile } from "./tokenizerFile.js";

/** Encodes text without special tokens, each chunk once. */
export type TextEncoderFunction = (text: string) => number[];

/** The tokens to train on and the held-out ones. */
export interface TokenStream {
  /** Training documents one after another, `</s>` after each. */
  readonly train: Uint16Array;
  /** Documents that are never trained on. */
  readonly heldOut: Uint16Array;
}

/** Id that ends a document in a stream: `</s>`. */
export const DOCUMENT_END = 2;

/**
 * An encoder with a cache by chunk, equal to the tokenizer's own encoding of text whose white space is folded to single
 * spaces, except that special tokens written in the text are plain text.
 */
export function createChunkEncoder(file: TokenizerFile): TextEncoderFunction {
  const tokenizer = new Tokenizer({ ...file, added_tokens: [] }, {});
  const cache = new Map<string, readonly number[]>();
  return (text) => {
    const ids: number[] = [];
    for (const chunk of chunksOf(text)) {
      const known = cache.get(chunk) ?? tokenizer.encode(chunk, { add_special_tokens: false }).ids;
      cache.set(chunk, known);
      for (const id of known) ids.push(id);
    }
    return ids;
  };
}

/**
 * Encodes the documents of `files`, shuffles them, and puts the first `heldOutShare` of their tokens aside. The result is kept in
 * `folder` and read from there when files (name, size, time), tokenizer, seed and share are the same.
 *
 * @throws DataError  when the vocabulary does not fit 16 bits, or the corpus has no documents
 */
export async function buildTokenStream(
  files: readonly string[],
  tokenizer: TokenizerFile,
  options: { readonly folder: string; readonly seed: number; readonly heldOutShare: number },
): Promise<TokenStream> {
  const vocabSize = Object.keys(tokenizer.model.vocab).length;
  if (vocabSize > 2 ** 16)
    throw new DataError(`The vocabulary must have at most 65536 tokens; got ${vocabSize}.`, { vocabSize });
  const key = await streamKey(files, tokenizer, options.seed);
  const path = join(options.folder, `tokens-${key}.u16`);
  const stored = await readFile(path).catch(() => null);
  const tokens = stored
    ? new Uint16Array(stored.buffer, stored.byteOffset, stored.byteLength / 2)
    : await encodeAll(files, tokenizer, options.seed);
  if (tokens.length === 0)
    throw new DataError("The corpus has no documents. Give text files with one document a line.", { files });
  if (!stored) {
    await mkdir(options.folder, { recursive: true });
    await writeFile(`${path}.tmp`, new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
    await rename(`${path}.tmp`, path);
  }
  const split = tokens.indexOf(DOCUMENT_END, Math.floor(tokens.length * options.heldOutShare)) + 1;
  return { train: tokens.subarray(split), heldOut: tokens.subarray(0, split) };
}

async function streamKey(files: readonly string[], tokenizer: TokenizerFile, seed: number): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(tokenizer)).update(String(seed));
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

async function encodeAll(files: readonly string[], tokenizer: TokenizerFile, seed: number): Promise<Uint16Array> {
  const encode = createChunkEncoder(tokenizer);
  const documents: Uint16Array[] = [];
  let total = 0;
  for (const file of files) {
    for await (const text of readDocuments(file)) {
      const document = Uint16Array.from([...encode(text), DOCUMENT_END]);
      documents.push(document);
      total += document.length;
    }
  }
  const tokens = new Uint16Array(total);
  let at = 0;
  for (const document of createRandom(seed).fork("documents").shuffle(documents)) {
    tokens.set(document, at);
    at += document.length;
  }
  return tokens;
}
