import { describe, expect, it } from "vitest";
import type { Tokenizer } from "../../../lib/backbone/tokenizer.js";
import { encodeCloze, parseTemplate } from "../../../lib/task/template.js";
import { createWordTokenizer } from "./wordTokenizer.js";

const tokenizer = createWordTokenizer(["a", "b", "Ġa", "Ġb", "Ġc", "Ġd", "Ġ.", "ĠIt", "Ġwas", "Ġ?", "Ġ,", "Ġ:", "<"]);
const words = (ids: readonly number[]): string => ids.map((id) => tokenizer.token(id)).join(" ");

describe("parseTemplate", () => {
  it.each([
    ["no mask", "{x} . It was great ."],
    ["two masks", "{x} <mask> <mask>"],
    ["no slot", "It was <mask> ."],
    ["the same slot twice", "{x} {x} <mask>"],
    ["a single and a pair slot", "{x} <mask> {b}"],
    ["half a pair", "{a} <mask>"],
    ["an unknown slot", "{x} {y} <mask>"],
  ])("refuses a template with %s", (_, source) => {
    expect(() => parseTemplate(source)).toThrow(/exactly one <mask>.*got/s);
  });
});

describe("encodeCloze", () => {
  it("gives the ids of the whole string and the place of the mask", () => {
    const cases = [
      ["{x} . It was <mask> .", { text: "a b c", label: 0 }, "a b c . It was <mask> ."],
      ["<mask> : {x}", { text: "a b", label: 0 }, "<mask> : a b"],
      ["{a} ? <mask> , {b}", { text: "a b", pair: "c d", label: 0 }, "a b ? <mask> , c d"],
    ] as const;
    for (const [source, example, whole] of cases) {
      const { ids, maskPosition } = encodeCloze(parseTemplate(source), tokenizer, example, 64);
      expect(ids).toEqual(tokenizer.encode(whole).ids);
      expect(ids[maskPosition]).toBe(tokenizer.maskTokenId);
    }
  });

  it("keeps the template and the mask when the text has to be cut", () => {
    const template = parseTemplate("{x} . It was <mask> .");
    const { ids, maskPosition } = encodeCloze(template, tokenizer, { text: "a b c d a b c d", label: 0 }, 9);
    expect(words(ids)).toBe("<s> a Ġb Ġ. ĠIt Ġwas <mask> Ġ. </s>");
    expect(maskPosition).toBe(6);
  });

  it("cuts the longer text of a pair first, and the second on a tie", () => {
    const template = parseTemplate("{a} ? <mask> , {b}");
    const at = (maxLength: number): string =>
      words(encodeCloze(template, tokenizer, { text: "a b c d", pair: "a b", label: 0 }, maxLength).ids);
    expect(at(11)).toBe("<s> a Ġb Ġc Ġd Ġ? <mask> Ġ, Ġa Ġb </s>");
    expect(at(9)).toBe("<s> a Ġb Ġ? <mask> Ġ, Ġa Ġb </s>");
    expect(at(8)).toBe("<s> a Ġb Ġ? <mask> Ġ, Ġa </s>");
  });

  it("refuses a maxLength that the template alone fills, saying how long it is", () => {
    const template = parseTemplate("{x} . It was <mask> .");
    expect(() => encodeCloze(template, tokenizer, { text: "a", label: 0 }, 7)).toThrow(/7 tokens.*got 7/s);
    expect(encodeCloze(template, tokenizer, { text: "a b", label: 0 }, 8).ids).toHaveLength(8);
  });

  it.each([
    ["{x} . It was <mask> .", { text: "a b c", label: 0 }, "<s> a Ġb Ġc Ġ. ĠIt Ġwas"],
    ["{a} ? <mask> , {b}", { text: "a b", pair: "c d", label: 0 }, "<s> a Ġb Ġ? Ġc Ġd"],
    ["<mask> : {x}", { text: "a b", label: 0 }, "<s> a Ġb"],
    ["{a} <mask> {b}", { text: "a", pair: "b", label: 0 }, "<s> a Ġb"],
  ])("ends with the last token before the label word when that comes last: %s", (source, example, expected) => {
    const { ids, maskPosition } = encodeCloze(parseTemplate(source), tokenizer, example, 64, "last");
    expect(words(ids)).toBe(expected);
    expect(maskPosition).toBe(ids.length - 1);
  });

  it("does without special tokens where the vocabulary has none", () => {
    const bare: Tokenizer = { ...tokenizer, beginTokenId: undefined, endTokenId: undefined, maskTokenId: undefined };
    const encode = (text: string, source: string) =>
      encodeCloze(parseTemplate(source), bare, { text, label: 0 }, 5, "last");
    expect(words(encode("a b c d", "{x} . It was <mask> .").ids)).toBe("a Ġb Ġ. ĠIt Ġwas");
    expect(() => encode("", "<mask> : {x}")).toThrow(/at least one token before its label word/);
  });

  it("reads a special token written in a text as plain text", () => {
    const { ids } = encodeCloze(parseTemplate("{x} <mask>"), tokenizer, { text: "<mask>", label: 0 }, 64);
    expect(ids.filter((id) => id === tokenizer.maskTokenId)).toHaveLength(1);
  });

  it("refuses a pair in a template for one text, and the reverse", () => {
    const single = parseTemplate("{x} <mask>");
    const pair = parseTemplate("{a} <mask> {b}");
    expect(() => encodeCloze(single, tokenizer, { text: "a", pair: "b", label: 0 }, 64)).toThrow(/takes one text/);
    expect(() => encodeCloze(pair, tokenizer, { text: "a", label: 0 }, 64)).toThrow(/takes two texts/);
  });
});
