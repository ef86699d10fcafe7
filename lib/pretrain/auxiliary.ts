/** Supervised cloze rows for intermediate-task training: labelled or sorted text in a template whose mask stands for the class word. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.js";
import type { Random } from "../random.js";
import { readDocuments } from "./corpus.js";
import type { SpecialIds, TextRow } from "./mlmBatch.js";
import { DOCUMENT_END, type TextEncoderFunction } from "./tokenStream.js";

/** Draws cloze rows of at most `length` tokens. */
export type ClozeSource = (count: number, length: number, random: Random) => TextRow[];

/** A labelled file of the auxiliary folder: which word stands for which label (null: not used), in which templates. */
interface LabelledFile {
  readonly weight: number;
  readonly templates: readonly string[];
  readonly words: readonly (string | null)[];
}

const OPINION_TEMPLATES = ["{x} it was <mask> .", "{x} . it was <mask> ."];
const TOPIC_TEMPLATES = ["<mask> : {x}"];
const STARS = ["terrible", "terrible", null, "great", "great"];

/** Files by stem, with labels as in shared/auxiliary/README.md; none of them is one of the ten benchmarks. Weights are ours. */
const LABELLED_FILES: Readonly<Record<string, LabelledFile>> = {
  imdb: { weight: 6, templates: OPINION_TEMPLATES, words: ["terrible", "great"] },
  yelp_review: { weight: 0.7, templates: OPINION_TEMPLATES, words: STARS },
  amazon_review: { weight: 0.7, templates: OPINION_TEMPLATES, words: STARS },
  ag_news: { weight: 0.6, templates: TOPIC_TEMPLATES, words: ["world", "sports", "business", "science"] },
  yahoo_answers: {
    weight: 0.6,
    templates: TOPIC_TEMPLATES,
    words: "society science health education computers sports business entertainment family politics".split(" "),
  },
};

/** Weight of all sorted text together, and of sentence pairs (ours). */
const SORTED_TEXT_WEIGHT = 2.5;
const PAIR_WEIGHT = 1.5;

/** Documents read from one file of sorted text. */
const SORTED_TEXT_LIMIT = 12_000;

interface Group {
  readonly weight: number;
  readonly draw: (length: number, random: Random) => TextRow;
}

interface ClassExample {
  readonly ids: Uint16Array;
  readonly word: string;
}

/** Where cloze rows come from. */
export interface AuxiliaryOptions {
  /** Folder with the labelled `.jsonl.gz` files; undefined for none. */
  readonly folder?: string;
  /** Text files whose documents all belong to one word, such as subjective = reviews, objective = encyclopedia. */
  readonly sortedText: readonly { readonly word: string; readonly file: string }[];
  /** Training tokens, from which sentence pairs are made. */
  readonly stream: Uint16Array;
}

/**
 * Reads the auxiliary data. A third kind of row is made from running text alone: a sentence beside a noisy copy of itself (yes) or
 * beside the text that follows it (no), in the pair templates.
 *
 * @throws DataError  when the folder has none of the known files, or a class word is not one token
 */
export async function loadAuxiliary(
  options: AuxiliaryOptions,
  encode: TextEncoderFunction,
  ids: SpecialIds,
): Promise<ClozeSource> {
  const groups: Group[] = [];
  const sentenceEnds = new Set([".", "!", "?"].flatMap((mark) => encode(mark)));
  const addClasses = (weight: number, templates: readonly string[], examples: readonly ClassExample[]): void => {
    const words = new Map([...new Set(examples.map(({ word }) => word))].map((word) => [word, wordId(word, encode)]));
    const parsed = templates.map((template) => parseTemplate(template, encode));
    groups.push({
      weight,
      draw: (length, random) => {
        const { before, after, isMaskFirst } = pick(parsed, random);
        const { ids: text, word } = pick(examples, random);
        const window = drawWindow(text, length - 3 - before.length - after.length, sentenceEnds, random);
        const body = isMaskFirst ? [ids.mask, ...after, ...window] : [...window, ...before, ids.mask, ...after];
        const position = 1 + (isMaskFirst ? 0 : window.length + before.length);
        return { ids: [ids.begin, ...body, ids.end], cloze: { position, target: words.get(word) ?? 0 } };
      },
    });
  };
  for (const [stem, file] of Object.entries(options.folder ? LABELLED_FILES : {})) {
    const path = join(options.folder ?? "", `${stem}.jsonl.gz`);
    if (await stat(path).catch(() => null))
      addClasses(file.weight, file.templates, await readLabelled(path, file, encode));
  }
  if (options.folder && groups.length === 0) {
    const names = Object.keys(LABELLED_FILES).map((stem) => `${stem}.jsonl.gz`);
    throw new DataError(
      `The auxiliary folder ${options.folder} must hold some of ${names.join(", ")}; it holds none.`,
      { names },
    );
  }
  if (options.sortedText.length > 0)
    addClasses(SORTED_TEXT_WEIGHT, OPINION_TEMPLATES, await readSorted(options.sortedText, encode));
  groups.push(pairGroup(options.stream, sentenceEnds, encode, ids));
  const total = groups.reduce((sum, { weight }) => sum + weight, 0);
  return (count, length, random) =>
    Array.from({ length: count }, () => {
      let left = random.uniform() * total;
      const group = groups.find(({ weight }) => {
        left -= weight;
        return left < 0;
      });
      return (group ?? (groups[0] as Group)).draw(length, random);
    });
}

async function readLabelled(path: string, file: LabelledFile, encode: TextEncoderFunction): Promise<ClassExample[]> {
  const examples: ClassExample[] = [];
  for await (const line of readDocuments(path)) {
    const { text, label } = JSON.parse(line) as { text: string; label: number };
    const word = file.words[label];
    if (word) examples.push({ word, ids: Uint16Array.from(encode(text)) });
  }
  return examples;
}

async function readSorted(files: AuxiliaryOptions["sortedText"], encode: TextEncoderFunction): Promise<ClassExample[]> {
  const byWord = new Map<string, ClassExample[]>();
  for (const { word, file } of files) {
    const examples = byWord.get(word) ?? [];
    byWord.set(word, examples);
    let count = 0;
    for await (const text of readDocuments(file)) {
      examples.push({ word, ids: Uint16Array.from(encode(text)) });
      if (++count === SORTED_TEXT_LIMIT) break;
    }
  }
  const size = Math.min(...[...byWord.values()].map(({ length }) => length));
  return [...byWord.values()].flatMap((examples) =>
    examples.filter((_, i) => i % Math.ceil(examples.length / size) === 0),
  );
}

/** `{a} ? <mask> , {b}` and `{a} <mask> , {b}`: yes where b is a noisy copy of a, no where it is what follows a. */
function pairGroup(
  stream: Uint16Array,
  sentenceEnds: ReadonlySet<number>,
  encode: TextEncoderFunction,
  ids: SpecialIds,
): Group {
  const [question, comma] = [encode("?"), encode(",")];
  const [yes, no] = [wordId("yes", encode), wordId("no", encode)];
  const noisy = (text: readonly number[], random: Random): number[] => {
    const copy: number[] = [];
    for (const id of text) {
      const draw = random.uniform();
      if (draw < 0.15) continue;
      if (draw < 0.3 && copy.length > 0) copy.splice(copy.length - 1, 0, id);
      else copy.push(draw < 0.35 ? (stream[random.integer(stream.length)] ?? id) : id);
    }
    return copy.filter((id) => id !== DOCUMENT_END);
  };
  return {
    weight: PAIR_WEIGHT,
    draw: (length, random) => {
      const room = Math.floor((length - 5) / 2);
      const start = random.integer(Math.max(1, stream.length - 3 * length));
      const text = stream.subarray(start, start + 3 * length);
      const end = text.indexOf(DOCUMENT_END);
      const a = drawWindow(text.subarray(0, end > 2 * room ? end : text.length), room, sentenceEnds, random).filter(
        (id) => id !== DOCUMENT_END,
      );
      const isSame = random.uniform() < 0.5;
      const other = Array.from(text.subarray(a.length, 2 * a.length)).filter((id) => id !== DOCUMENT_END);
      const b = (isSame ? noisy(a, random) : other).slice(0, room);
      const before = random.uniform() < 0.7 ? [...a, ...question] : a;
      return {
        ids: [ids.begin, ...before, ids.mask, ...comma, ...b, ids.end],
        cloze: { position: 1 + before.length, target: isSame ? yes : no },
      };
    },
  };
}

/** Whole sentences from a random sentence start: half the time as much as fits, else at most a random number of tokens. */
function drawWindow(text: Uint16Array, room: number, sentenceEnds: ReadonlySet<number>, random: Random): number[] {
  const starts = [0];
  for (let i = 1; i < text.length; i++)
    if (sentenceEnds.has(text[i - 1] ?? 0) && !sentenceEnds.has(text[i] ?? 0)) starts.push(i);
  const start = pick(starts, random);
  const limit = random.uniform() < 0.5 ? room : Math.min(room, 8 + random.integer(Math.max(1, room - 8)));
  const most = Array.from(text.subarray(start, start + limit));
  const lastEnd = most.findLastIndex((id) => sentenceEnds.has(id));
  return lastEnd >= 4 ? most.slice(0, lastEnd) : most;
}

function parseTemplate(
  template: string,
  encode: TextEncoderFunction,
): { before: number[]; after: number[]; isMaskFirst: boolean } {
  const isMaskFirst = template.startsWith("<mask>");
  const [before = "", after = ""] = template.replace("{x}", "").split("<mask>");
  return { before: encodePart(before, encode), after: encodePart(after, encode), isMaskFirst };
}

function encodePart(part: string, encode: TextEncoderFunction): number[] {
  return part.trim() === "" ? [] : encode(part);
}

function wordId(word: string, encode: TextEncoderFunction): number {
  const encoded = encode(` ${word}`);
  const [id] = encoded;
  if (id === undefined || encoded.length !== 1) {
    throw new DataError(
      `The class word "${word}" must be one token; it is ${encoded.length}. Train the tokenizer with it among keepWords.`,
      { word },
    );
  }
  return id;
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.integer(items.length)] as T;
}
