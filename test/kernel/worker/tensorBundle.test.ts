import { expect, it } from "vitest";
import { summaryText } from "../../../kernel/worker/tensorBundle.js";

it("summarises the finite values and counts the others", () => {
  expect(summaryText([1, 2, 3, 4])).toBe("min 1, mean 2.5, max 4, std 1.118"); // sqrt(1.25)
  expect(summaryText([1, Number.NaN, 3, Number.POSITIVE_INFINITY])).toBe(
    "min 1, mean 2, max 3, std 1, 1 NaN, 1 infinite",
  );
  expect(summaryText([Number.NaN])).toBe("no finite values, 1 NaN");
});
