/** Stand-ins for MNLI and RTE: the second text follows from the first, does not, or goes against it. */

import type { WordList } from "./wordList.js";
import { places, times } from "./words/circumstanceWords.js";
import { stanceVerbs, verdictAdjectives } from "./words/opinionWords.js";
import { groups, plainVerbs, plans } from "./words/reportWords.js";
import { sentence, type Writer } from "./writer.js";

/** Two texts. */
export interface Pair {
  readonly text: string;
  readonly pair: string;
}

/**
 * What a group did about a plan and whether the plan was good or bad: 0 entailment, 1 neutral (the premise takes no side)
 * or 2 contradiction.
 */
export function writeInference(writer: Writer, label: number): Pair {
  const claimedSide = writer.between(0, 1);
  const verbs = label === 1 ? plainVerbs : sideOf(stanceVerbs, label === 0 ? claimedSide : 1 - claimedSide);
  const plan = `the ${writer.pick(plans)}`;
  const premise = `${writer.pick(groups)} ${writer.pick(verbs)} ${plan}`;
  const when = writer.chance(0.5) ? ` ${circumstance(writer)}` : "";
  return { text: sentence(premise + when), pair: sentence(`${plan} ${verdicts[claimedSide]}`) };
}

/** A report of an opinion, with its source, and whether the thing was good or bad: 0 entailment or 1 not. */
export function writeEntailment(writer: Writer, label: number): Pair {
  const claimedSide = writer.between(0, 1);
  const side = label === 0 ? claimedSide : 1 - claimedSide;
  const plan = `the ${writer.pick(plans)}`;
  const told = `${plan} was ${writer.pick(sideOf(verdictAdjectives, side))}`;
  const source = writer.oneOf(sources);
  const premise = writer.oneOf([
    `${source} said that ${told}`,
    `according to ${source} , ${told}`,
    `${told} ${circumstance(writer)}`,
  ]);
  return { text: sentence(premise), pair: sentence(`${plan} ${verdicts[claimedSide]}`) };
}

const sources = ["a witness", "the police", "a local paper", "an official", "a friend", "the radio"];

/** Said of what people disliked, and of what they liked. */
const verdicts = ["was bad", "was good"] as const;

function circumstance(writer: Writer): string {
  return writer.chance(0.5) ? writer.pick(times) : writer.pick(places);
}

function sideOf(pair: readonly [WordList, WordList], side: number): WordList {
  return side === 0 ? pair[0] : pair[1];
}
