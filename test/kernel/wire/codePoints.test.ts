import { expect, it } from "vitest";
import { toCodePoints, toUtf16 } from "../../../kernel/wire/codePoints.js";

it("counts an emoji as one position on the wire and two units in JavaScript", () => {
  const text = "a😀b";
  expect([0, 1, 2, 3, 9].map((position) => toUtf16(text, position))).toEqual([0, 1, 3, 4, 4]);
  expect([0, 1, 3, 4].map((index) => toCodePoints(text, index))).toEqual([0, 1, 2, 3]);
});
