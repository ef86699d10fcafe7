/** A fact that a pair of texts agree or disagree about. */

import { type Opposition, oppositions, places, reasons, times } from "./words/oppositeWords.js";
import type { Writer } from "./writer.js";

/** Something said of a subject, on one of two sides. */
export interface Fact {
  readonly opposition: Opposition;
  readonly subject: string;
  /** 0 is welcome, 1 is feared. */
  readonly side: 0 | 1;
  readonly predicate: string;
  /** What follows the predicate, with the space before it; often nothing. */
  readonly object: string;
}

/** A fact at random, on the welcome side with probability `welcomeShare`; not about one of the given kinds. */
export function drawFact(writer: Writer, welcomeShare: number, ...except: readonly Fact[]): Fact {
  const opposition = writer.oneOf(oppositions.filter((kind) => except.every((fact) => fact.opposition !== kind)));
  const side = writer.chance(welcomeShare) ? 0 : 1;
  return {
    opposition,
    side,
    subject: writer.pick(opposition.subjects),
    object: opposition.objects === undefined ? "" : ` ${writer.pick(opposition.objects)}`,
    predicate: writer.pick(opposition.sides[side]),
  };
}

/** The same fact in another word. */
export function reword(writer: Writer, fact: Fact): Fact {
  return { ...fact, predicate: writer.pick(fact.opposition.sides[fact.side], fact.predicate) };
}

/** The contrary of a fact. */
export function turnRound(writer: Writer, fact: Fact): Fact {
  const side = fact.side === 0 ? 1 : 0;
  return { ...fact, side, predicate: writer.pick(fact.opposition.sides[side]) };
}

/** The contrary, said of another subject of the same kind. */
export function contrast(writer: Writer, fact: Fact): Fact {
  return { ...turnRound(writer, fact), subject: writer.pick(fact.opposition.subjects, fact.subject) };
}

/** The same said of another subject of the same kind. */
export function moveTo(writer: Writer, fact: Fact): Fact {
  return { ...reword(writer, fact), subject: writer.pick(fact.opposition.subjects, fact.subject) };
}

/** "prices rose", "the guests were glad". */
export function clauseOf({ subject, predicate, object }: Fact): string {
  const isPlural = /([^su]s|people|children)$/.test(subject);
  return `${subject} ${isPlural ? predicate.replace(/^was /, "were ") : predicate}${object}`;
}

/** A time or a place, to follow a clause. */
export function circumstance(writer: Writer): string {
  return writer.chance(0.5) ? writer.pick(times) : writer.pick(places);
}

/** A reason or an aim, to follow a clause. */
export function reason(writer: Writer): string {
  return writer.pick(reasons);
}
