import ts from "typescript";
import { expect, it } from "vitest";
import { codeLines, isInTry } from "../../../kernel/compiler/codeLines.js";

it("finds the lines that run, not types, imports, blank lines, comments and brackets", () => {
  const source = [
    'import { x } from "y";', // 1
    "// a comment", // 2
    "interface Row {", // 3
    "  n: number;", // 4
    "}", // 5
    "function twice(n: number) {", // 6
    "  return 2 * n;", // 7
    "}", // 8
    "", // 9
    "declare const z: number;", // 10
    "const f = [1, 2].map(", // 11
    "  (n) => twice(n),", // 12
    ");", // 13
    "for (const a of f)", // 14
    "  console.log(a);", // 15
    "class A { m() {", // 16
    "  this.m();", // 17
    "} }", // 18
  ].join("\n");
  expect(codeLines(ts, source)).toEqual([7, 11, 12, 14, 15, 16, 17]);
});

it("finds a place in a try, not in its catch, nor in a function that is only defined there", () => {
  const source = ["try {", "  a();", "  const f = () => {", "    b();", "  };", "} catch {", "  c();", "}"].join("\n");
  const lines = [2, 4, 7].map((line) => isInTry(ts, source, line, 5));
  expect(lines).toEqual([true, false, false]);
  expect(isInTry(ts, "try { a(); } finally { b(); }", 1, 7)).toBe(false);
});
