import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../lib/random.js";
import { type Pair, writeEntailment, writeInference } from "../../../../lib/task/sample/inference.js";
import { writeParaphrase, writeQuestionPair } from "../../../../lib/task/sample/paraphrase.js";
import { allWords, type WordList } from "../../../../lib/task/sample/wordList.js";
import { askings } from "../../../../lib/task/sample/words/goalWords.js";
import { stanceVerbs, verdictAdjectives } from "../../../../lib/task/sample/words/opinionWords.js";
import { plainVerbs } from "../../../../lib/task/sample/words/reportWords.js";
import { createWriter, type Writer } from "../../../../lib/task/sample/writer.js";

const has = (text: string, words: WordList): boolean =>
  allWords(words).some((word) => new RegExp(`\\b${word}\\b`).test(text));

/** The side that a text takes: 0 bad, 1 good, or none. */
function sideOf(text: string, words: readonly [WordList, WordList]): number | undefined {
  const sides = words.map((list) => has(text, list));
  return sides[0] === sides[1] ? undefined : Number(sides[1]);
}

/** Whether both texts of a pair take the same side. */
const agree = ({ text, pair }: Pair, words: readonly [WordList, WordList]): boolean =>
  sideOf(text, words) === Number(/\bgood\b/.test(pair));

const draw = (write: (writer: Writer, label: number) => Pair, label: number): Pair[] => {
  const writer = createWriter("test", createRandom(5));
  return Array.from({ length: 200 }, () => write(writer, label));
};

describe("pairs are labelled by what they say", () => {
  it("mnli: the same side, none, or the contrary", () => {
    expect(draw(writeInference, 0).every((pair) => agree(pair, stanceVerbs))).toBe(true);
    expect(draw(writeInference, 1).every(({ text }) => has(text, plainVerbs))).toBe(true);
    expect(draw(writeInference, 1).some(({ text }) => sideOf(text, stanceVerbs) !== undefined)).toBe(false);
    expect(draw(writeInference, 2).some((pair) => agree(pair, stanceVerbs))).toBe(false);
  });

  it("rte and mrpc: the same side or the contrary", () => {
    expect(draw(writeEntailment, 0).every((pair) => agree(pair, verdictAdjectives))).toBe(true);
    expect(draw(writeEntailment, 1).some((pair) => agree(pair, verdictAdjectives))).toBe(false);
    expect(draw(writeParaphrase, 1).every((pair) => agree(pair, verdictAdjectives))).toBe(true);
    expect(draw(writeParaphrase, 0).some((pair) => agree(pair, verdictAdjectives))).toBe(false);
  });

  it("qqp: the same asked of the same thing, in other words", () => {
    const parse = (question: string): { group: number; thing: string } | undefined => {
      for (const [group, ways] of askings.entries()) {
        for (const way of ways) {
          const [before = "", after = ""] = way.split("{x}");
          const match = new RegExp(`^${before}the (.+)${after}\\?$`, "i").exec(question);
          if (match?.[1] !== undefined) return { group, thing: match[1] };
        }
      }
      return undefined;
    };
    for (const label of [0, 1]) {
      for (const { text, pair } of draw(writeQuestionPair, label)) {
        const [first, second] = [parse(text), parse(pair)];
        expect(first).toBeDefined();
        expect(Number(first?.group === second?.group && first?.thing === second?.thing)).toBe(label);
        expect(text).not.toBe(pair);
      }
    }
  });
});
