/** Stand-ins for SST-2 and MR: reviews in which the main clause decides, and negation turns a word round. */

import type { WordList } from "./wordList.js";
import { characters, filmParts, films, plotEvents, strengths } from "./words/filmWords.js";
import { verdictAdjectives, verdictNouns, verdictVerbs } from "./words/opinionWords.js";
import { type Writer, withArticle } from "./writer.js";

/** A short review sentence, 0 negative or 1 positive. */
export function writeShortReview(writer: Writer, label: number): string {
  return writer.oneOf([
    ...times(6, () => plainVerdict(writer, label)),
    ...times(2, () => negatedVerdict(writer, label)),
    ...times(2, () => contrast(writer, label)),
  ])();
}

/** A longer review that begins with the story, or ends in a comparison. */
export function writeLongReview(writer: Writer, label: number): string {
  const story = `${withArticle(writer.pick(characters))} ${writer.pick(plotEvents)}`;
  return writer.oneOf([
    ...times(
      3,
      () => `${story} , and the ${writer.pick(films)} ${verb(writer, label)} , ${plainVerdict(writer, label)}`,
    ),
    ...times(3, () => `${plainVerdict(writer, label)} , ${withArticle(noun(writer, label))} in which ${story}`),
    ...times(2, () => `${story} in this ${adjective(writer, 1 - label)} premise , but ${clause(writer, label)}`),
    ...times(2, () => `${contrast(writer, label)} , ${negatedVerdict(writer, label)}`),
  ])();
}

function plainVerdict(writer: Writer, label: number): string {
  const film = writer.pick(films);
  const first = adjective(writer, label);
  const second = adjective(writer, label, first);
  return writer.oneOf([
    `${withArticle(first)} and ${strong(writer, second)} ${film}`,
    `the ${film} ${verb(writer, label)} , and the ${writer.pick(filmParts)} is ${strong(writer, second)}`,
    `this ${film} is ${withArticle(first)} ${noun(writer, label)}`,
    `${strong(writer, first)} , ${second} and always ${adjective(writer, label, first, second)}`,
    `with ${first} ${writer.pick(filmParts)} and ${second} ${writer.pick(filmParts)} , the ${film} ${verb(writer, label)}`,
    `what ${withArticle(first)} ${film} , ${withArticle(noun(writer, label))} from start to finish`,
  ]);
}

function negatedVerdict(writer: Writer, label: number): string {
  const film = writer.pick(films);
  const wrong = adjective(writer, 1 - label);
  return writer.oneOf([
    `the ${film} is not ${wrong} at all`,
    `the ${writer.pick(filmParts)} is never ${wrong}`,
    `this ${film} is far from ${wrong}`,
    `by no means ${withArticle(wrong)} ${film}`,
    `the ${writer.pick(filmParts)} is anything but ${wrong}`,
    `not ${wrong} but ${adjective(writer, label)}`,
    `there is nothing ${wrong} about the ${writer.pick(filmParts)}`,
  ]);
}

/** Two clauses that disagree: the one after "but", or outside "although" and "despite", decides. */
function contrast(writer: Writer, label: number): string {
  const wrong = adjective(writer, 1 - label);
  const part = writer.pick(filmParts);
  return writer.oneOf([
    `the ${part} is ${wrong} , but ${clause(writer, label)}`,
    `the first half is ${wrong} , yet ${clause(writer, label)}`,
    `although the ${part} is ${wrong} , ${clause(writer, label)}`,
    `despite ${wrong} ${part} , ${clause(writer, label)}`,
    `they promised us ${withArticle(wrong)} ${writer.pick(films)} , but ${clause(writer, label)}`,
  ]);
}

function clause(writer: Writer, label: number): string {
  return writer.oneOf([
    `the ${writer.pick(films)} as a whole is ${strong(writer, adjective(writer, label))}`,
    `the rest of it ${verb(writer, label)}`,
    `the ${writer.pick(films)} is ${withArticle(noun(writer, label))}`,
    `in the end it is ${strong(writer, adjective(writer, label))}`,
  ]);
}

const adjective = (writer: Writer, label: number, ...except: readonly string[]): string =>
  writer.pick(side(verdictAdjectives, label), ...except);
const noun = (writer: Writer, label: number): string => writer.pick(side(verdictNouns, label));
const verb = (writer: Writer, label: number): string => writer.pick(side(verdictVerbs, label));

function strong(writer: Writer, word: string): string {
  return writer.chance(0.4) ? `${writer.pick(strengths)} ${word}` : word;
}

function side(pair: readonly [WordList, WordList], label: number): WordList {
  return label === 0 ? pair[0] : pair[1];
}

/** A form repeated, to be drawn that much more often. */
function times<T>(count: number, form: T): T[] {
  return Array.from({ length: count }, () => form);
}
