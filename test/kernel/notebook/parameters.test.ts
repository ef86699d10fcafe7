/** Parameters follow papermill's conventions. */

import { expect, test } from "vitest";
import type { CodeCell, Notebook } from "../../../kernel/notebook/notebook.js";
import { defaultsOf, injectParameters, parseParameters } from "../../../kernel/notebook/parameters.js";

const code = (id: string, source: string, tags: string[] = []): CodeCell => ({
  cell_type: "code",
  id,
  metadata: { tags },
  source,
  execution_count: null,
  outputs: [],
});
const defaults =
  'let task = "sample/sst2"; // id\nlet seed: number = 0;\nlet fast = true;\nlet layers: number[] = [1, 2];\nlet model = pick();';
const notebook: Notebook = {
  metadata: {},
  cells: [code("a", "1"), code("b", defaults, ["parameters"]), code("c", "2")],
};

test("settings are JSON where they parse as JSON, and text otherwise", () => {
  expect(parseParameters(["seed=3", "fast=false", "task=sst2", 'a="x=y"', "list=[1,2]", "empty="])).toEqual({
    seed: 3,
    fast: false,
    task: "sst2",
    a: "x=y",
    list: [1, 2],
    empty: "",
  });
});

test("a setting without a name or an equals sign is refused", () => {
  for (const setting of ["seed", "=1", "a b=1"]) expect(() => parseParameters([setting])).toThrow(/name=value/);
});

test("values go into a tagged cell right after the parameters cell, as declarations", () => {
  const { cells } = injectParameters(notebook, { seed: 7, task: "sample/mr" });
  expect(cells.map((cell) => cell.id)).toEqual(["a", "b", expect.any(String), "c"]);
  expect(cells[2]).toMatchObject({
    metadata: { tags: ["injected-parameters"] },
    source: '// Parameters\nlet seed = 7;\nlet task = "sample/mr";',
  });
  expect(notebook.cells).toHaveLength(3);
});

test("without a parameters cell they come first, whatever their names", () => {
  const { cells } = injectParameters({ metadata: {}, cells: [code("a", "1")] }, { anything: 1 });
  expect(cells.map((cell) => cell.source)).toEqual(["// Parameters\nlet anything = 1;", "1"]);
});

test("injecting again replaces the earlier injected cell, and injecting nothing removes it", () => {
  const once = injectParameters(notebook, { seed: 1 });
  expect(injectParameters(once, { seed: 2 }).cells).toHaveLength(4);
  expect(injectParameters(once, {}).cells.map((cell) => cell.id)).toEqual(["a", "b", "c"]);
});

test("an unknown name is refused, with the names that exist", () => {
  expect(() => injectParameters(notebook, { sede: 1 })).toThrow(
    /no parameter "sede"; its parameters cell declares: task, seed, fast, layers, model\./,
  );
});

test("a value of another kind than its default is refused, and digits stay text where the default is text", () => {
  expect(() => injectParameters(notebook, { seed: "x" })).toThrow(
    /"seed" must be a number \(its default is 0\); got "x"/,
  );
  expect(() => injectParameters(notebook, { layers: 1 })).toThrow(/must be a list/);
  expect(injectParameters(notebook, { task: 12, model: 3 }).cells[2]?.source).toBe(
    '// Parameters\nlet task = "12";\nlet model = 3;',
  );
});

test("defaults are read from declarations with types and comments", () => {
  expect([...defaultsOf(defaults)]).toEqual([
    ["task", "sample/sst2"],
    ["seed", 0],
    ["fast", true],
    ["layers", [1, 2]],
    ["model", undefined],
  ]);
});
