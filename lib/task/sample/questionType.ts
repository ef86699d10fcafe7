/** Stand-in for TREC: what a question asks for. Words of every type occur in every class; their place decides. */

import { DataError } from "../../errors.js";
import { askedKinds, deeds, shortNames, terms, topics } from "./words/kindWords.js";
import { sentence, type Writer } from "./writer.js";

/** A question of the class `label`: description, entity, abbreviation, human, location or number. */
export function writeQuestion(writer: Writer, label: number): string {
  const write = writers[label];
  if (write === undefined) throw new DataError(`A question type must be from 0 to 5; got ${label}.`, { label });
  return sentence(write(writer), "?");
}

const writers: readonly ((writer: Writer) => string)[] = [
  (writer) =>
    writer.oneOf([
      `what is ${writer.pick(terms)}`,
      `what does the word ${bare(writer.pick(terms))} mean`,
      `why is ${writer.pick(topics)} ${writer.pick(deeds)}`,
      `how did ${person(writer)} help ${place(writer)}`,
      `what was the purpose of ${writer.pick(topics)}`,
      `what are the causes of ${bare(writer.pick(terms))} in ${place(writer)}`,
      `how does ${writer.pick(topics)} work`,
      `what happened to ${person(writer)} in ${place(writer)}`,
    ]),
  (writer) => asks(writer, "entity", ["what did", "what kind of"]),
  (writer) =>
    writer.oneOf([
      `what does ${writer.pick(shortNames)} stand for`,
      `what is the full form of ${writer.pick(shortNames)}`,
      `what do the letters ${writer.pick(shortNames)} mean`,
      `${writer.pick(shortNames)} is short for what`,
    ]),
  (writer) =>
    writer.chance(0.25)
      ? `who ${writer.pick(deeds)} ${writer.pick(topics)} in ${place(writer)}`
      : asks(writer, "human", []),
  (writer) =>
    writer.chance(0.25)
      ? `where was ${writer.pick(topics)} ${writer.pick(deeds)} by ${person(writer)}`
      : asks(writer, "location", []),
  (writer) =>
    writer.chance(0.35)
      ? writer.oneOf([
          `how many ${writer.oneOf(["people", "books", "ships", "miles", "kings"])} did ${person(writer)} see`,
          `when was ${writer.pick(topics)} ${writer.pick(deeds)} in ${place(writer)}`,
          `how far is ${place(writer)} from ${writer.pick(topics)}`,
        ])
      : asks(writer, "number", []),
];

/** Asks for one kind, while nouns of the other kinds stand further back. */
function asks(writer: Writer, kind: keyof typeof askedKinds, openings: readonly string[]): string {
  const asked = writer.pick(askedKinds[kind]);
  const deed = writer.pick(deeds);
  const topic = writer.pick(topics);
  const forms = [
    `what ${asked} ${deed} ${topic}`,
    `which ${asked} was ${deed} by ${person(writer)}`,
    `what was the ${asked} of ${person(writer)}`,
    `what ${asked} was ${deed} near ${place(writer)}`,
    `${topic} was ${deed} with what ${asked}`,
    `name the ${asked} that ${deed} ${place(writer)}`,
    `which ${asked} is known for ${thing(writer)}`,
    `in ${place(writer)} , which ${asked} is the most famous`,
  ];
  const more = openings.map((opening) =>
    opening.endsWith("of")
      ? `${opening} ${asked} did ${person(writer)} like`
      : `${opening} ${person(writer)} eat in ${place(writer)}`,
  );
  return writer.oneOf([...forms, ...more]);
}

const person = (writer: Writer): string => `the ${writer.pick(askedKinds.human)}`;
const place = (writer: Writer): string => `the ${writer.pick(askedKinds.location)}`;
const thing = (writer: Writer): string => `the ${writer.pick(askedKinds.entity)}`;

function bare(term: string): string {
  return term.replace(/^an? /, "");
}
