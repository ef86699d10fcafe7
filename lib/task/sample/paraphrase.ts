/** Stand-ins for MRPC and QQP: two ways to say one thing, or two things said alike. */

import type { Pair } from "./inference.js";
import { askings, things } from "./words/goalWords.js";
import { verdictAdjectives } from "./words/opinionWords.js";
import { groups, plans } from "./words/reportWords.js";
import { sentence, type Writer } from "./writer.js";

/** Two reports of what a group thought of a plan: 0 not a paraphrase, it thought the contrary, or 1 a paraphrase. */
export function writeParaphrase(writer: Writer, label: number): Pair {
  const side = writer.between(0, 1);
  const retoldSide = label === 1 ? side : 1 - side;
  const [group, plan] = [writer.pick(groups), `the ${writer.pick(plans)}`];
  const opinion = `${plan} ${writer.pick(verdictAdjectives[side === 0 ? 0 : 1])}`;
  const retold = `${plan} was ${retoldSide === 0 ? "bad" : "good"}`;
  return {
    text: sentence(`${group} ${writer.oneOf(["called", "found", "thought"])} ${opinion}`),
    pair: sentence(writer.chance(0.5) ? `in the eyes of ${group} , ${retold}` : `${retold} , ${group} said`),
  };
}

/** Two questions: 0 not duplicates or 1 duplicates. What is asked for decides; in few pairs, the thing asked about. */
export function writeQuestionPair(writer: Writer, label: number): Pair {
  const asked = writer.oneOf(askings);
  const thing = writer.pick(things);
  const first = writer.oneOf(asked);
  const isOtherThing = label === 0 && writer.chance(0.08);
  const isSameAsking = label === 1 || isOtherThing;
  const second = isSameAsking
    ? writer.oneOf(asked.filter((way) => way !== first))
    : writer.oneOf(writer.oneOf(askings.filter((group) => group !== asked)));
  const write = (way: string, about: string): string => sentence(way.replace("{x}", `the ${about}`), "?");
  return { text: write(first, thing), pair: write(second, isOtherThing ? writer.pick(things, thing) : thing) };
}
