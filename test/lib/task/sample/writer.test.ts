import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../lib/random.js";
import { wordList } from "../../../../lib/task/sample/wordList.js";
import { createWriter, sentence, withArticle } from "../../../../lib/task/sample/writer.js";

const words = wordList("one two three four five six seven went_up");

describe("wordList", () => {
  it("cuts every five words into two seen, two for test and one for dev", () => {
    expect(words).toEqual({
      seen: ["one", "three", "six", "went up"],
      test: ["two", "four", "seven"],
      dev: ["five"],
    });
  });
});

describe("createWriter", () => {
  const draw = (split: "train" | "dev" | "test", count = 2000): string[] => {
    const writer = createWriter(split, createRandom(1));
    return Array.from({ length: count }, () => writer.pick(words));
  };

  it("draws only seen words for train", () => {
    expect(new Set(draw("train"))).toEqual(new Set(words.seen));
  });

  it("draws 85% of the words from those kept back for the split", () => {
    const drawn = draw("test");
    const kept = drawn.filter((word) => words.test.includes(word));
    expect(kept.length / drawn.length).toBeCloseTo(0.85, 1);
    expect(drawn.some((word) => words.dev.includes(word))).toBe(false);
  });

  it("never draws an excepted word, even when that empties the words kept back", () => {
    const writer = createWriter("dev", createRandom(1));
    const drawn = Array.from({ length: 200 }, () => writer.pick(words, "five", "one"));
    expect(new Set(drawn)).toEqual(new Set(["three", "six", "went up"]));
  });
});

it("writes sentences and articles", () => {
  expect(sentence("who won", "?")).toBe("Who won?");
  expect([withArticle("old man"), withArticle("useless plot"), withArticle("film")]).toEqual([
    "an old man",
    "a useless plot",
    "a film",
  ]);
});
