/** Cuts documents into chunks that every tokenizer of ours treats alone, so that each different chunk is encoded once. */

import { readDocuments } from "./corpus.js";

/**
 * The chunks of a document whose white space is folded to single spaces: runs without white space, every one but the first
 * with the space before it. Joined again they are the folded document.
 */
export function chunksOf(document: string): string[] {
  return document
    .trim()
    .split(/\s+/)
    .map((run, i) => (i === 0 ? run : ` ${run}`));
}

/** How often each chunk occurs in the files. */
export async function countChunks(files: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const file of files) {
    for await (const document of readDocuments(file)) {
      for (const chunk of chunksOf(document)) counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
    }
  }
  return counts;
}
