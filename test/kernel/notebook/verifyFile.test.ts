/** Verifying executes again and compares; the kernel is a stub whose cell prints what it is told. */

import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { verificationText } from "../../../kernel/commands/verify.js";
import { type Notebook, writeNotebook } from "../../../kernel/notebook/notebook.js";
import { recordProvenance } from "../../../kernel/notebook/provenance.js";
import { reportFile } from "../../../kernel/notebook/reportFile.js";
import { verifyFile } from "../../../kernel/notebook/verifyFile.js";
import { notebookOf, printed, someProvenance } from "./executed.js";
import { stubKernel } from "./stubKernel.js";

let folder: string;
const stream = { write: () => true };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-verify-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function written(notebook: Notebook): Promise<string> {
  const path = join(folder, "n.ipynb");
  await writeFile(path, writeNotebook(notebook));
  return path;
}

/** Writes a notebook whose cell `f()` printed this, with provenance of this machine. */
async function executed(text = "loss 0.5, took 3 s\n"): Promise<string> {
  const notebook = notebookOf(printed(text));
  await recordProvenance(notebook, { start: new Date(0), seconds: 1, runFolders: [] });
  return written(notebook);
}

/** Starts a kernel whose `f()` prints `text`, with RUNS replaced by the folder for runs; fails without text. */
function kernelThatPrints(text: string) {
  const given: Record<string, string> = {};
  const { kernel } = stubKernel({
    "f()": (send) => {
      send("stream", { name: "stdout", text: text.replace("RUNS", given.SPTLAB_RUNS ?? "") });
      return text === "" ? "error" : "ok";
    },
  });
  const start = async (environment: Readonly<Record<string, string>>) => {
    Object.assign(given, environment);
    return kernel;
  };
  return { start, given };
}

test("equal numbers match on the same machine, durations aside, and the folder for runs is gone afterwards", async () => {
  const { start, given } = kernelThatPrints("loss 0.5, took 99 s\n");
  const verification = await verifyFile(await executed(), { start, stream });
  expect(verification).toMatchObject({ status: "matched", tolerance: 0, machineDifferences: [], notes: [] });
  expect(verificationText(verification, false)).toMatch(/^ok {2}cell 1, text: 1 of 1 numbers and 2 of 2 words match$/m);
  expect(verificationText(verification, true)).toMatch(/^ {6}ok {2}word 2: 0\.5 then, 0\.5 now$/m);
  expect(given.SPTLAB_RUNS).toBeTypeOf("string");
  expect(existsSync(given.SPTLAB_RUNS ?? "")).toBe(false);
});

test("a report verifies like its notebook, from the one file alone", async () => {
  const path = await reportFile(await executed());
  await rm(join(folder, "n.ipynb"));
  const matched = await verifyFile(path, { start: kernelThatPrints("loss 0.5, took 4 s").start, stream });
  expect(matched).toMatchObject({ status: "matched", notes: [] });
  const wrong = await verifyFile(path, { start: kernelThatPrints("loss 0.25, took 4 s").start, stream });
  expect(wrong.status).toBe("mismatched");
  expect(verificationText(wrong, false)).toContain("NOT word 2: 0.5 then, 0.25 now (off by 0.25)");
});

test("on another machine numbers may be off by the tolerance, which can be given", async () => {
  const path = await written({
    ...notebookOf(printed("loss 0.5")),
    metadata: { sptlab: { ...someProvenance, runs: [] } },
  });
  const { start } = kernelThatPrints("loss 0.509");
  const verification = await verifyFile(path, { start, stream });
  expect(verification).toMatchObject({ status: "matched", tolerance: 0.01 });
  expect(verification.machineDifferences.join()).toContain("processor: Some CPU then");
  expect(verification.notes).toHaveLength(2); // other cells and other code than this made-up provenance says
  expect((await verifyFile(path, { start, stream, tolerance: 0.001 })).status).toBe("mismatched");
});

test("a notebook that sptlab run did not execute counts as one of another machine", async () => {
  const { start } = kernelThatPrints("loss 0.5");
  const verification = await verifyFile(await written(notebookOf(printed("loss 0.5"))), { start, stream });
  expect(verification).toMatchObject({
    status: "matched",
    tolerance: 0.01,
    machineDifferences: [expect.stringContaining("unknown")],
  });
});

test("the folder of the new runs is called as the old one", async () => {
  const { start } = kernelThatPrints("in RUNS/a-1");
  expect((await verifyFile(await executed("in runs/a-1"), { start, stream })).status).toBe("matched");
});

test("a cell that fails now is no mismatch: it could not be computed", async () => {
  const verification = await verifyFile(await executed(), { start: kernelThatPrints("").start, stream });
  expect(verification).toMatchObject({ status: "failed", checks: [] });
  expect(verificationText(verification, false)).toBe("could not be computed: code cell 1: Error: broken");
});

test("what has no numbers to verify is refused before a kernel is started", async () => {
  const start = vi.fn();
  const error = { output_type: "error" as const, ename: "Error", evalue: "lost", traceback: [] };
  await expect(verifyFile(await written(notebookOf(error)), { start, stream })).rejects.toThrow(
    /cannot be verified: Code cell 1 failed: Error: lost/,
  );
  await expect(verifyFile(await executed("3 s"), { start, stream })).rejects.toThrow(/shows nothing/);
  expect(start).not.toHaveBeenCalled();
});
