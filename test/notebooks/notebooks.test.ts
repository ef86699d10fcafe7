/** The notebooks keep to the rules that make them readable: short cells, parameters first, small outputs, no paths. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type CodeCell, readNotebook, writeNotebook } from "../../kernel/notebook/notebook.js";
import { defaultsOf } from "../../kernel/notebook/parameters.js";

const names = (await readdir("notebooks")).filter((name) => name.endsWith(".ipynb"));
const files = await Promise.all(
  names.map(async (name) => ({ name, json: await readFile(join("notebooks", name), "utf8") })),
);

for (const { name, json } of files) {
  const { cells, metadata } = readNotebook(json, name);
  const code = cells.filter((cell): cell is CodeCell => cell.cell_type === "code");

  test(`${name} starts with a title and names our kernel`, () => {
    expect(cells[0]?.cell_type).toBe("markdown");
    expect(cells[0]?.source).toMatch(/^# /);
    expect(metadata.kernelspec).toMatchObject({ name: "sptlab", language: "typescript" });
  });

  test(`${name} has its parameters in the first code cell, a fast setting and a seed among them`, () => {
    expect(code[0]?.metadata.tags).toEqual(["parameters"]);
    const defaults = defaultsOf(code[0]?.source ?? "");
    expect(defaults.get("fast")).toBe(false);
    expect(defaults.get("seed")).toBeTypeOf("number");
    expect([...defaults.values()]).not.toContain(undefined);
  });

  test(`${name} has no code cell of more than 15 lines, and each is introduced by prose`, () => {
    for (const cell of code) expect(cell.source.split("\n").length).toBeLessThanOrEqual(15);
    expect(cells.filter((cell) => cell.cell_type === "markdown").length).toBeGreaterThanOrEqual(code.length - 2);
  });

  test(`${name} is under 1 MB, and names no folder of the machine that ran it`, () => {
    expect(json.length).toBeLessThan(1_000_000);
    expect(json).not.toMatch(/"(\/tmp|\/home|\/work|\/root|[A-Z]:\\\\)/);
  });

  test(`${name} keeps a static picture beside every figure, and no errors`, () => {
    for (const output of code.flatMap((cell) => cell.outputs)) {
      expect(output.output_type).not.toBe("error");
      if (!("data" in output) || !("application/vnd.plotly.v1+json" in output.data)) continue;
      expect(Object.keys(output.data)).toEqual(expect.arrayContaining(["image/svg+xml", "text/html"]));
    }
  });

  test(`${name} is stored as sptlab writes it`, () => {
    expect(json).toBe(writeNotebook({ cells, metadata }));
  });
}
