/** Stand-in for Subj: what somebody thinks of a film against what happens in it, both said in the same forms. */

import { characters, filmJudgements, filmParts, films, plotEvents, settings } from "./words/filmWords.js";
import { verdictAdjectives, verdictVerbs } from "./words/opinionWords.js";
import { type Writer, withArticle } from "./writer.js";

/**
 * A sentence about a film, 0 subjective or 1 objective. What it is about, a film or a person, tells the classes apart;
 * adjectives and places serve both, and some sentences mention a thing of the other class.
 */
export function writeFilmSentence(writer: Writer, label: number): string {
  const [first, second] = label === 0 ? filmThings(writer) : people(writer);
  const does = (): string => (label === 0 ? judgement(writer) : writer.pick(plotEvents));
  const adjective = anyAdjective(writer);
  const place = writer.pick(settings);
  const [other] = label === 0 ? people(writer) : filmThings(writer);
  const otherDoes = label === 0 ? writer.pick(plotEvents) : judgement(writer);
  const mention = `with ${withArticle(other)} that ${otherDoes}`;
  return writer.oneOf([
    `the ${adjective} ${first} from ${place} ${does()}`,
    `after ${withArticle(adjective)} ${second} , the ${first} ${does()}`,
    `this ${first} ${does()} and ${does()}`,
    `in ${place} there is ${withArticle(first)} that ${does()}`,
    `${withArticle(adjective)} ${first} ${mention} ${does()}`,
    `the ${first} , ${adjective} and ${anyAdjective(writer)} , ${does()} near the end`,
    `the ${second} is ${adjective} , and the ${first} ${does()}`,
    `the ${first} ${mention} ${does()} in ${place}`,
  ]);
}

function filmThings(writer: Writer): [string, string] {
  return [writer.pick(writer.oneOf([films, filmParts])), writer.pick(filmParts)];
}

function people(writer: Writer): [string, string] {
  const person = writer.pick(characters);
  return [person, writer.pick(characters, person)];
}

function judgement(writer: Writer): string {
  return writer.chance(0.8) ? writer.pick(filmJudgements) : writer.pick(writer.oneOf(verdictVerbs));
}

function anyAdjective(writer: Writer): string {
  return writer.pick(writer.oneOf(verdictAdjectives));
}
