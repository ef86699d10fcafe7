import { expect, it } from "vitest";
import { murmur2 } from "../../../kernel/debugger/murmur2.js";
import { HASH_SEED } from "../../../kernel/debugger/scripts.js";

// The values come from murmur2_x86 in ipykernel 6.17's compiler.py, with its seed.
it.each([
  ["", 3990065800],
  ["a", 2167009006],
  ["ab", 2805137849],
  ["abc", 3350977461],
  ["const n = 1;", 3130006624],
  ["// 😀 größer\nlet x = 2;\n", 4171276529],
  ["x".repeat(1001), 2469510316],
])("hashes %j as ipykernel does", (text, expected) => {
  expect(murmur2(text, HASH_SEED)).toBe(expected);
});
