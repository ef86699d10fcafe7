import { expect, it } from "vitest";
import { DataError } from "../../../lib/errors.js";
import { createVerbalizer } from "../../../lib/task/verbalizer.js";
import { createWordTokenizer } from "./wordTokenizer.js";

const tokenizer = createWordTokenizer(["great", "Ġgreat", "Ġterrible", "Ġwell", "Ġ-"]);

it("takes the token with the space before it, in label order", () => {
  const { tokenIds } = createVerbalizer(tokenizer, ["terrible", "great"]);
  expect(tokenIds).toEqual([tokenizer.tokenId("Ġterrible"), tokenizer.tokenId("Ġgreat")]);
});

it("refuses a word of several tokens, showing them", () => {
  expect(() => createVerbalizer(tokenizer, ["great", "well-made"])).toThrow(DataError);
  expect(() => createVerbalizer(tokenizer, ["great", "well-made"])).toThrow(
    /"well-made" must be one token.*it is 3 \(Ġwell/s,
  );
});

it("refuses an unknown word even though the unknown token is one token", () => {
  expect(() => createVerbalizer(tokenizer, ["great", "splendid"])).toThrow(/"splendid" must be one token.*<unk>/s);
});

it("refuses two classes with the same token", () => {
  expect(() => createVerbalizer(tokenizer, ["great", "great"])).toThrow(/a label word of its own/);
});
