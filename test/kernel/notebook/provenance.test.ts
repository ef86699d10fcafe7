/** Notebooks keep where their numbers come from, and reports say it. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { codeVersion } from "../../../kernel/notebook/codeVersion.js";
import { describeMachine, machineDifferences } from "../../../kernel/notebook/machine.js";
import {
  isChangedSince,
  type Provenance,
  provenanceOf,
  recordProvenance,
} from "../../../kernel/notebook/provenance.js";
import { provenanceFacts, runsHtml, warningsOn } from "../../../kernel/notebook/provenanceHtml.js";
import { executedCell, figure, notebookOf, printed, someProvenance, someRun } from "./executed.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-provenance-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function writeRun(name: string): Promise<string> {
  await mkdir(join(folder, name));
  const record = { ...someRun, id: name, curves: { trainLoss: [1, 0.5] }, directory: name, layers: [1] };
  await writeFile(join(folder, name, "record.json"), JSON.stringify(record));
  return join(folder, name);
}

async function recorded(...runFolders: string[]) {
  const notebook = {
    metadata: {},
    cells: [executedCell("let seed = 7;", [printed("0.5"), figure([{ y: [1] }])], ["parameters"])],
  };
  await recordProvenance(notebook, { start: new Date(0), seconds: 4, runFolders });
  return { notebook, provenance: provenanceOf(notebook) as Provenance };
}

test("runs are kept in their order, each once, without curves and folder; a folder that is gone is none", async () => {
  const [b, a] = [await writeRun("b"), await writeRun("a")];
  const { provenance } = await recorded(b, a, b, join(folder, "gone"));
  expect(provenance.runs).toEqual([
    { ...someRun, id: "b" },
    { ...someRun, id: "a" },
  ]);
  expect(provenance).toMatchObject({ parameters: { seed: 7 }, machine: { device: "onnx" }, seconds: 4 });
  expect(JSON.stringify(provenance)).not.toContain(folder);
});

test("a number that was changed since is noticed; a picture that a report left out is not", async () => {
  const { notebook, provenance } = await recorded();
  expect(isChangedSince(provenance, notebook)).toBe(false);
  const [cell] = notebook.cells;
  cell?.outputs.splice(1, 1, {
    ...figure([{ y: [1] }]),
    ...{ data: { "application/vnd.plotly.v1+json": { data: [{ y: [1] }], layout: {} }, "text/plain": "Figure" } },
  });
  expect(isChangedSince(provenance, notebook)).toBe(false);
  cell?.outputs.splice(0, 1, printed("0.6"));
  expect(isChangedSince(provenance, notebook)).toBe(true);
});

test("a notebook without provenance has none; a malformed one is refused with its place", () => {
  expect(provenanceOf(notebookOf())).toBeUndefined();
  const notebook = { ...notebookOf(), metadata: { sptlab: { ...someProvenance, seconds: "3" } } };
  expect(() => provenanceOf(notebook)).toThrow(/metadata\.sptlab.*at seconds/);
});

test("facts name parameters, seeds, hashes, versions, device and duration", () => {
  expect(Object.fromEntries(provenanceFacts(someProvenance))).toEqual({
    Parameters: "seed = 7",
    Seeds: "7",
    Model: `tiny, sha256 ${"e".repeat(64)}`,
    Data: `sample/sst2, sha256 ${"d".repeat(64)}`,
    Code: `sptlab 0.1.0, sha256 ${"a".repeat(64)}`,
    Processor: "Some CPU",
    Threads: "2",
    Node: "20.0.0",
    Device: "onnx",
    Started: "2026-01-01T00:00:00.000Z",
    Took: "4 s",
  });
});

test("readers are warned of synthetic data, of changed cells, and of numbers of unknown origin", async () => {
  const { notebook, provenance } = await recorded();
  expect(warningsOn(notebook, provenance)).toEqual([]);
  expect(warningsOn(notebook, { ...provenance, runs: [someRun] }).join()).toMatch(/^Data are synthetic/);
  expect(warningsOn(notebookOf(), provenance).join()).toMatch(/^Cells were changed/);
  expect(warningsOn(notebookOf(), undefined).join()).toMatch(/unknown/);
});

test("the table of runs has a line for each, with its scores; without runs there is none", () => {
  expect(runsHtml(someProvenance)).toMatch(/search-sample-sst2-00000000.*accuracy 0\.7500.*steps 2/);
  expect(runsHtml({ ...someProvenance, runs: [] })).toBe("");
});

test("machine and code are described the same twice", async () => {
  const [machine, code] = [await describeMachine(), await codeVersion()];
  expect([await describeMachine(), await codeVersion()]).toEqual([machine, code]);
  expect(machine).toMatchObject({ node: process.versions.node, onnxruntime: expect.stringMatching(/^\d+\./) });
  expect(code).toEqual({ version: expect.stringMatching(/^\d+\./), hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test("machines differ by what is told of them", () => {
  const { machine } = someProvenance;
  expect(machineDifferences(machine, machine)).toEqual([]);
  expect(machineDifferences(machine, { ...machine, processor: "Other CPU", "graphics cards": "none" })).toEqual([
    "processor: Some CPU then, Other CPU here",
    "graphics cards: unknown then, none here",
  ]);
});
