/** Stand-ins for MRPC and QQP: two ways to say one thing, or two things said alike. */

import { circumstance, clauseOf, drawFact, moveTo, reword, turnRound } from "./fact.js";
import type { Pair } from "./inference.js";
import { askableThings, endings, gains, losses } from "./words/goalWords.js";
import { sentence, type Writer } from "./writer.js";

/** Two news sentences: 0 not a paraphrase or 1 a paraphrase. */
export function writeParaphrase(writer: Writer, label: number): Pair {
  const fact = drawFact(writer);
  const when = circumstance(writer);
  const other = writer.oneOf([
    () => turnRound(writer, fact),
    () => turnRound(writer, fact),
    () => moveTo(writer, fact),
    () => drawFact(writer, fact),
  ]);
  const frames = writer.chance(0.5) ? [report(writer), report(writer)] : [plain(when), fronted(when)];
  const [second, first] = writer.chance(0.5) ? frames : [...frames].reverse();
  const told = label === 1 ? reword(writer, fact) : other();
  return { text: sentence(first?.(clauseOf(fact)) ?? ""), pair: sentence(second?.(clauseOf(told)) ?? "") };
}

/** Two questions: 0 not duplicates or 1 duplicates. */
export function writeQuestionPair(writer: Writer, label: number): Pair {
  const side = writer.chance(0.5) ? gains : losses;
  const otherSide = side === gains ? losses : gains;
  const verb = writer.pick(side);
  const thing = writer.pick(askableThings);
  const ending = writer.chance(0.5) ? ` ${writer.pick(endings)}` : "";
  const same = { verb: writer.pick(side, verb), thing };
  const changed = writer.oneOf([
    { verb: writer.pick(otherSide), thing },
    { verb: writer.pick(otherSide), thing },
    { ...same, thing: writer.pick(askableThings, thing) },
    { verb: writer.pick(otherSide), thing: writer.pick(askableThings, thing) },
  ]);
  const asked = label === 1 ? same : changed;
  const [first, second] = [ask(writer), ask(writer)];
  return {
    text: sentence(first(`${verb} ${thing}${ending}`), "?"),
    pair: sentence(second(`${asked.verb} ${asked.thing}${ending}`), "?"),
  };
}

type Frame = (clause: string) => string;

function report(writer: Writer): Frame {
  const source = writer.oneOf(["officials", "a spokesman", "the police", "witnesses", "the newspaper", "an expert"]);
  const said = writer.oneOf(["said", "reported", "announced", "explained"]);
  return writer.chance(0.5)
    ? (clause) => `${clause} , ${source} ${said}`
    : (clause) => `${source} ${said} that ${clause}`;
}

const plain =
  (when: string): Frame =>
  (clause) =>
    `${clause} ${when}`;

const fronted =
  (when: string): Frame =>
  (clause) =>
    `${when} , ${clause}`;

function ask(writer: Writer): Frame {
  const opening = writer.oneOf([
    "how do i",
    "what is the best way to",
    "how can i",
    "what should i do to",
    "is there an easy way to",
    "can you tell me how to",
    "what are some tips to",
  ]);
  return (goal) => `${opening} ${goal}`;
}
