/** Stand-in for QNLI: does the sentence hold what the question asks for, a person, a place, a time, a number or a reason. */

import type { Pair } from "./inference.js";
import { builders, causes, countries, units, works, worksDone } from "./words/recordWords.js";
import { sentence, type Writer } from "./writer.js";

type Asked = "person" | "place" | "time" | "number" | "reason";

const kinds: readonly Asked[] = ["person", "place", "time", "number", "reason"];

/** A question and a sentence: 0 the sentence answers it, 1 it does not. */
export function writeAnswer(writer: Writer, label: number): Pair {
  const asked = writer.oneOf(kinds);
  const work = writer.pick(works);
  const deed = writer.pick(worksDone);
  const unasked = kinds.filter((kind) => kind !== asked);
  const isOtherWork = label === 1 && writer.chance(0.15);
  const first = label === 0 || isOtherWork ? asked : writer.oneOf(unasked);
  const second = writer.oneOf(unasked.filter((kind) => kind !== first));
  const parts = writer.chance(0.6) ? [first] : writer.chance(0.5) ? [first, second] : [second, first];
  const facts = parts.map((kind) => detail(writer, kind)).join(" ");
  const subject = isOtherWork ? writer.pick(works, work) : work;
  return { text: sentence(question(asked, work, deed), "?"), pair: sentence(`the ${subject} was ${deed} ${facts}`) };
}

function question(asked: Asked, work: string, deed: string): string {
  const passive = `was the ${work} ${deed}`;
  return {
    person: `by whom ${passive}`,
    place: `where ${passive}`,
    time: `when ${passive}`,
    number: `how much was spent when the ${work} was ${deed}`,
    reason: `why ${passive}`,
  }[asked];
}

function detail(writer: Writer, kind: Asked): string {
  const [few, many] = [writer.between(2, 90), writer.between(1, 19)];
  return {
    person: `by ${writer.pick(builders)}`,
    place: `in ${writer.pick(countries)}`,
    time: `in ${writer.oneOf(["", "", "the spring of ", "late "])}${writer.between(1640, 2015)}`,
    number: `for ${few} ${writer.pick(units)}${writer.chance(0.3) ? ` and ${many} cents` : ""}`,
    reason: `because ${writer.pick(causes)}`,
  }[kind];
}
