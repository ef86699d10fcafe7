/** Stand-in for MPQA: short phrases whose polarity a word carries, unless a word such as "without" turns it round. */

import type { WordList } from "./wordList.js";
import { strengths } from "./words/filmWords.js";
import { feltAdjectives, feltNouns, stanceVerbs } from "./words/opinionWords.js";
import type { Writer } from "./writer.js";

/** A phrase of one to six words, 0 negative or 1 positive. */
export function writeOpinionPhrase(writer: Writer, label: number): string {
  const form = writer.between(1, 10);
  if (form <= 7) return plainPhrase(writer, label);
  const word = writer.pick(side(feltNouns, 1 - label));
  const turner = writer.oneOf(["lack of", "without", "no more", "an end to", "loss of", "never again"]);
  if (form <= 9) return `${turner} ${word}`;
  return writer.oneOf([
    `not ${writer.pick(side(feltAdjectives, 1 - label))}`,
    `far from ${writer.pick(side(feltAdjectives, 1 - label))}`,
    `never ${writer.pick(side(stanceVerbs, 1 - label))} ${writer.oneOf(plans)}`,
    `stopped the ${word}`,
    `free of ${word}`,
  ]);
}

function plainPhrase(writer: Writer, label: number): string {
  const noun = writer.pick(side(feltNouns, label));
  const adjective = writer.pick(side(feltAdjectives, label));
  const stance = writer.pick(side(stanceVerbs, label));
  return writer.oneOf([
    `${noun} and ${writer.pick(side(feltNouns, label), noun)}`,
    `${writer.pick(strengths)} ${adjective}`,
    `${stance} ${writer.oneOf(plans)}`,
    `${adjective} and full of ${noun}`,
    `years of ${noun}`,
    `more ${noun} in ${writer.oneOf(["the region", "our country", "the world", "the city", "the north"])}`,
    `${stance} and ${writer.pick(side(stanceVerbs, label), stance)}`,
    `feel ${adjective} about ${writer.oneOf(plans)}`,
  ]);
}

const plans = [
  "the plan",
  "the decision",
  "the new law",
  "the president",
  "the agreement",
  "the proposal",
  "their leaders",
  "the visit",
  "the report",
  "the government",
];

function side(pair: readonly [WordList, WordList], label: number): WordList {
  return label === 0 ? pair[0] : pair[1];
}
