/** Stand-ins for MNLI and RTE: the second text follows from the first, does not, or goes against it. */

import { circumstance, clauseOf, contrast, drawFact, moveTo, reason, reword, turnRound } from "./fact.js";
import { sentence, type Writer } from "./writer.js";

/** Two texts. */
export interface Pair {
  readonly text: string;
  readonly pair: string;
}

/** A short premise and hypothesis: 0 entailment, 1 neutral or 2 contradiction. */
export function writeInference(writer: Writer, label: number): Pair {
  const fact = drawFact(writer);
  const premise = `${clauseOf(fact)} ${circumstance(writer)}`;
  const hypothesis = (): string => {
    if (label === 0) return clauseOf(writer.chance(0.8) ? reword(writer, fact) : fact);
    if (label === 2) return clauseOf(turnRound(writer, fact));
    const same = writer.chance(0.5) ? fact : reword(writer, fact);
    return writer.chance(0.6) ? `${clauseOf(same)} ${reason(writer)}` : clauseOf(moveTo(writer, fact));
  };
  return { text: sentence(premise), pair: sentence(hypothesis()) };
}

/** A premise of a fact, and of its contrary about another subject in some; a hypothesis: 0 entailment or 1 not. */
export function writeEntailment(writer: Writer, label: number): Pair {
  const fact = drawFact(writer);
  const when = circumstance(writer);
  const told = `${clauseOf(fact)} ${when}`;
  const premise = writer.oneOf([
    () => `${told} , while ${clauseOf(contrast(writer, fact))}`,
    () => `${told} , ${writer.oneOf(sources)} said ${writer.oneOf(["today", "again", "later"])}`,
    () => `according to ${writer.oneOf(sources)} , ${told}`,
    () => `we now know that ${told}`,
  ]);
  const wrong = writer.oneOf([
    () => turnRound(writer, fact),
    () => turnRound(writer, fact),
    () => turnRound(writer, fact),
    () => moveTo(writer, fact),
    () => drawFact(writer, fact),
  ]);
  return { text: sentence(premise()), pair: sentence(clauseOf(label === 0 ? reword(writer, fact) : wrong())) };
}

const sources = ["a witness", "the police", "a local paper", "an official", "a friend", "the radio"];
