/** Notebook files are read, checked and written as Jupyter does. */

import { expect, test } from "vitest";
import { readNotebook, writeNotebook } from "../../../kernel/notebook/notebook.js";

const file = {
  cells: [
    { cell_type: "markdown", id: "a1", metadata: {}, source: ["# Title\n", "text"] },
    {
      cell_type: "code",
      execution_count: 1,
      id: "b2",
      metadata: { tags: ["parameters"] },
      outputs: [
        { name: "stdout", output_type: "stream", text: ["one\n", "two"] },
        {
          data: { "application/json": { a: ["x", "y"] }, "text/html": ["<b>\n", "</b>"] },
          metadata: {},
          output_type: "display_data",
        },
        { ename: "E", evalue: "v", output_type: "error", traceback: ["E: v"] },
      ],
      source: ["let x = 1;\n", "x\n"],
    },
  ],
  metadata: { kernelspec: { display_name: "TypeScript (sptlab)", name: "sptlab" } },
  nbformat: 4,
  nbformat_minor: 5,
};
const onDisk = `${JSON.stringify(file, null, 1)}\n`;

test("a notebook that Jupyter wrote comes back byte for byte", () => {
  expect(writeNotebook(readNotebook(onDisk, "x.ipynb"))).toBe(onDisk);
});

test("in memory, sources and text outputs are strings, and JSON outputs stay as they are", () => {
  const [prose, code] = readNotebook(onDisk, "x.ipynb").cells;
  expect(prose?.source).toBe("# Title\ntext");
  expect(code).toMatchObject({
    source: "let x = 1;\nx\n",
    outputs: [{ text: "one\ntwo" }, { data: { "text/html": "<b>\n</b>", "application/json": { a: ["x", "y"] } } }, {}],
  });
});

test("cells without identifiers get unique ones, the same at every reading", () => {
  const old = JSON.stringify({
    ...file,
    nbformat_minor: 4,
    cells: [1, 2].map(() => ({ cell_type: "markdown", metadata: {}, source: "same" })),
  });
  const ids = readNotebook(old, "x").cells.map((cell) => cell.id);
  expect(new Set(ids).size).toBe(2);
  expect(readNotebook(old, "x").cells.map((cell) => cell.id)).toEqual(ids);
});

test("what is no notebook is refused with the place of the fault", () => {
  expect(() => readNotebook("no", "x.ipynb")).toThrow(/x\.ipynb is not JSON/);
  expect(() => readNotebook(JSON.stringify({ ...file, nbformat: 3 }), "x.ipynb")).toThrow(
    /at nbformat: only nbformat 4/,
  );
  const broken = { ...file, cells: [{ cell_type: "code", metadata: {}, source: "", execution_count: null }] };
  expect(() => readNotebook(JSON.stringify(broken), "x.ipynb")).toThrow(/at cells\.0\.outputs/);
});
