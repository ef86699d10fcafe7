/** Notebooks that cannot be reported or verified are refused. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { embedNotebook } from "../../../kernel/notebook/embeddedNotebook.js";
import { missingResults, readExecuted } from "../../../kernel/notebook/executedNotebook.js";
import { type Notebook, writeNotebook } from "../../../kernel/notebook/notebook.js";
import { executedCell, notebookOf, printed } from "./executed.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-executed-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function reading(text: string): Promise<Notebook> {
  const path = join(folder, "n");
  await writeFile(path, text);
  return readExecuted(path);
}

const withCounts = (...counts: (number | null)[]): Notebook => ({
  metadata: {},
  cells: counts.map((execution_count) => ({ ...executedCell("f()", []), execution_count })),
});

test("a notebook is read from its file, or from a report on it", async () => {
  const notebook = notebookOf(printed("0.5"));
  expect(await reading(writeNotebook(notebook))).toEqual(notebook);
  expect(await reading(`<!doctype html>${embedNotebook(notebook)}`)).toEqual(notebook);
});

test("what is no notebook, and a page that carries none, is refused with what was expected", async () => {
  await expect(readExecuted(join(folder, "none.html"))).rejects.toThrow(/path of an executed notebook.*ENOENT/);
  await expect(reading("# Read me")).rejects.toThrow(/is not a notebook/);
  await expect(reading("<html></html>")).rejects.toThrow(/carries no notebook; expected a report by sptlab report/);
});

test("a notebook that was never executed is refused, and the message says how to run it", async () => {
  await expect(reading(writeNotebook(withCounts(null, null)))).rejects.toThrow(
    /never executed: none of its 2 code cells.*sptlab run /,
  );
  await expect(reading(writeNotebook(withCounts(1, null)))).resolves.toBeDefined();
});

test("a notebook of another language is refused, those of TypeScript kernels are not", async () => {
  const of = (name: string, language: string) =>
    writeNotebook({ ...notebookOf(), metadata: { kernelspec: { name, language, display_name: name } } });
  await expect(reading(of("python3", "python"))).rejects.toThrow(/TypeScript notebook; its language is python/);
  await expect(reading(of("tslab", "typescript"))).resolves.toBeDefined();
});

test("cells that failed or were left out are told", () => {
  expect(missingResults(withCounts(1, 2))).toEqual([]);
  expect(missingResults(withCounts(1, null))).toEqual(["Code cell 2 was not executed."]);
  const failed = notebookOf({ output_type: "error", ename: "RangeError", evalue: "too far", traceback: [] });
  expect(missingResults(failed)).toEqual(["Code cell 1 failed: RangeError: too far."]);
});
