/** Stand-ins for MNLI and RTE: the second text follows from the first, does not, or goes against it. */

import { circumstance, clauseOf, contrast, drawFact, type Fact, moveTo, reason, reword, turnRound } from "./fact.js";
import { sentence, type Writer } from "./writer.js";

/** Two texts. */
export interface Pair {
  readonly text: string;
  readonly pair: string;
}

/**
 * A short premise and hypothesis: 0 entailment, 1 neutral or 2 contradiction. As in published inference data, the
 * hypothesis alone tells something: welcome facts more often follow, feared ones more often contradict.
 */
export function writeInference(writer: Writer, label: number): Pair {
  const claim = drawFact(writer, [0.75, 0.5, 0.25][label] ?? 0.5);
  const premise = (told: Fact): string => sentence(`${clauseOf(told)} ${circumstance(writer)}`);
  if (label === 0) return { text: premise(reword(writer, claim)), pair: sentence(clauseOf(claim)) };
  if (label === 2) return { text: premise(turnRound(writer, claim)), pair: sentence(clauseOf(claim)) };
  if (writer.chance(0.4)) return { text: premise(moveTo(writer, claim)), pair: sentence(clauseOf(claim)) };
  const told = writer.chance(0.5) ? claim : reword(writer, claim);
  return { text: premise(told), pair: sentence(`${clauseOf(claim)} ${reason(writer)}`) };
}

/**
 * A premise of a fact, in some with its contrary about another subject, and a hypothesis: 0 entailment or 1 not. The
 * hypothesis alone tells something here too.
 */
export function writeEntailment(writer: Writer, label: number): Pair {
  const claim = drawFact(writer, label === 0 ? 0.75 : 0.25);
  const other = writer.oneOf([
    () => turnRound(writer, claim),
    () => turnRound(writer, claim),
    () => turnRound(writer, claim),
    () => moveTo(writer, claim),
    () => drawFact(writer, 0.5, claim),
  ]);
  const fact = label === 0 ? reword(writer, claim) : other();
  const told = `${clauseOf(fact)} ${circumstance(writer)}`;
  const premise = writer.oneOf([
    () => `${told} , while ${clauseOf(contrast(writer, fact))}`,
    () => `${told} , ${writer.oneOf(sources)} said ${writer.oneOf(["today", "again", "later"])}`,
    () => `according to ${writer.oneOf(sources)} , ${told}`,
    () => `we now know that ${told}`,
  ]);
  return { text: sentence(premise()), pair: sentence(clauseOf(claim)) };
}

const sources = ["a witness", "the police", "a local paper", "an official", "a friend", "the radio"];
