/** Texts as counts of words and pairs of neighbouring words: what can be said of a text without understanding it. */

import type { Example } from "./task.js";

/** The distinct features of a text, as indices into a `Vocabulary`; features that it lacks are left out. */
export type FeatureSet = readonly number[];

/** The unigrams and bigrams of the training rows, by index. */
export type Vocabulary = ReadonlyMap<string, number>;

/**
 * Lower-cased words and marks, and neighbouring pairs of them. In a pair of texts each text has features of its own.
 *
 * @returns  distinct features, in order of appearance
 */
export function featuresOf({ text, pair }: Example): string[] {
  const features = pair === undefined ? grams(text, "") : [...grams(text, "a:"), ...grams(pair, "b:")];
  return [...new Set(features)];
}

/** Numbers the features of the training rows. */
export function createVocabulary(examples: readonly Example[]): Vocabulary {
  const vocabulary = new Map<string, number>();
  for (const feature of examples.flatMap(featuresOf)) {
    if (!vocabulary.has(feature)) vocabulary.set(feature, vocabulary.size);
  }
  return vocabulary;
}

/** The features of an example that training rows have too. */
export function countFeatures(example: Example, vocabulary: Vocabulary): FeatureSet {
  return featuresOf(example).flatMap((feature) => vocabulary.get(feature) ?? []);
}

/**
 * Share of distinct words that the two texts of a pair have in common: intersection over union.
 *
 * @returns  0 to 1; 0 for a single text
 */
export function wordOverlap({ text, pair = "" }: Example): number {
  const first = new Set(wordsOf(text));
  const second = new Set(wordsOf(pair));
  const shared = [...first].filter((word) => second.has(word)).length;
  return shared === 0 ? 0 : shared / (first.size + second.size - shared);
}

function grams(text: string, prefix: string): string[] {
  const words = wordsOf(text);
  const pairs = words.slice(1).map((word, index) => `${words[index]} ${word}`);
  return [...words, ...pairs].map((gram) => prefix + gram);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+|[^\s\p{L}\p{N}']/gu) ?? [];
}
