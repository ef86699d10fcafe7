/** Stand-ins for MNLI and RTE: the second text follows from the first, does not, or goes against it. */

import { circumstance, clauseOf, contrast, drawFact, type Fact, moveTo, reason, reword, turnRound } from "./fact.js";
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

/** A premise of two facts, often contrary ones, and a hypothesis about one of them: 0 entailment or 1 not. */
export function writeEntailment(writer: Writer, label: number): Pair {
  const first = drawFact(writer);
  const second = writer.chance(0.4) ? contrast(writer, first) : drawFact(writer, first);
  const about = writer.oneOf([first, second]);
  const link = writer.oneOf(["while", "and", "after", "but"]);
  const premise = `${clauseOf(first)} ${circumstance(writer)} , ${link} ${clauseOf(second)}`;
  const wrong = (): Fact => (writer.chance(0.7) ? turnRound(writer, about) : drawFact(writer, first, second));
  return { text: sentence(premise), pair: sentence(clauseOf(label === 0 ? reword(writer, about) : wrong())) };
}
