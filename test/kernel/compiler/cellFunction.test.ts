import ts from "typescript";
import { expect, it } from "vitest";
import { toCellFunction } from "../../../kernel/compiler/cellFunction.js";

/** A body without a map; the default export of TypeScript 6 has the functions that 5.0 has. */
const compile = (js: string, result?: string) => toCellFunction(ts, js, result);

it("hoists imports into the first line and keeps the lines of the body", () => {
  const { code, imports } = compile('import d, { a as b } from "m";\nimport * as n from "o";\nimport "p";\nb(d, n);');
  const lines = code.split("\n");
  expect(lines[0]).toContain('const { default: d, a: b } = await __cell.import("m", ["default","a"]);');
  expect(lines[0]).toContain('const n = await __cell.import("o");');
  expect(lines[0]).toContain('await __cell.import("p");');
  expect(lines[4]).toBe("b(d, n);");
  expect(imports).toEqual(["m", "o", "p"]);
});

it("declares a getter and setter for each exported name and stores the last expression", () => {
  const { code, names } = compile("let n = 1;\nexport const last = n + 1;\nexport { n };", "last");
  expect(names).toEqual(["n"]);
  expect(code).toContain("__cell.declare({ n: [() => n, (value) => { n = value; }] });");
  expect(code.split("\n")[2]).toMatch(/^__cell\.result = +n \+ 1;$/);
});

it("routes import() and import.meta through the cell", () => {
  const { code } = compile('const m = import("x"); import.meta.url;');
  expect(code).toContain('const m = __cell.load("x"); __cell.meta.url;');
});

it("is a function that runs", async () => {
  const { code } = compile("let n = 20;\nexport const last = n + 1;\nexport { n };", "last");
  const run = new Function(`return ${code}`)() as (exports: object, cell: object) => Promise<void>;
  const cell = {
    result: 0,
    accessors: {} as Record<string, [() => number]>,
    declare: (a: object) => Object.assign(cell.accessors, a),
  };
  await run({}, cell);
  expect(cell.result).toBe(21);
  expect(cell.accessors.n?.[0]()).toBe(20);
});
