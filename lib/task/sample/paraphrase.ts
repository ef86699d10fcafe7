/** Stand-ins for MRPC and QQP: two ways to say one thing, or two things said alike. */

import { circumstance, clauseOf, drawFact, moveTo, reword, turnRound } from "./fact.js";
import type { Pair } from "./inference.js";
import { askings, endings, things } from "./words/goalWords.js";
import { sentence, type Writer } from "./writer.js";

/** Two news sentences: 0 not a paraphrase or 1 a paraphrase. The second is more often welcome news where it is one. */
export function writeParaphrase(writer: Writer, label: number): Pair {
  const retold = drawFact(writer, label === 1 ? 0.7 : 0.25);
  const when = circumstance(writer);
  const other = writer.oneOf([
    () => turnRound(writer, retold),
    () => turnRound(writer, retold),
    () => moveTo(writer, retold),
    () => drawFact(writer, 0.5, retold),
  ]);
  const frames = writer.chance(0.5) ? [report(writer), report(writer)] : [plain(when), fronted(when)];
  const [second, first] = writer.chance(0.5) ? frames : [...frames].reverse();
  const told = label === 1 ? reword(writer, retold) : other();
  return { text: sentence(first?.(clauseOf(told)) ?? ""), pair: sentence(second?.(clauseOf(retold)) ?? "") };
}

/** Two questions: 0 not duplicates or 1 duplicates. */
export function writeQuestionPair(writer: Writer, label: number): Pair {
  const asked = writer.oneOf(askings);
  const thing = writer.pick(things);
  const ending = writer.chance(0.3) ? ` ${writer.pick(endings)}` : "";
  const first = writer.oneOf(asked);
  const same = { way: writer.oneOf(asked.filter((way) => way !== first)), thing };
  const otherAsking = (): string => writer.oneOf(writer.oneOf(askings.filter((group) => group !== asked)));
  const otherThing = (): string => writer.pick(things, thing);
  const changed = writer.between(1, 10);
  const second =
    label === 1
      ? same
      : changed <= 6
        ? { way: otherAsking(), thing }
        : { way: changed <= 8 ? same.way : otherAsking(), thing: otherThing() };
  const write = (way: string, about: string): string => sentence(`${way.replace("{x}", about)}${ending}`, "?");
  return { text: write(first, thing), pair: write(second.way, second.thing) };
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
