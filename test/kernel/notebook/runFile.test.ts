/** Running a file writes the notebook and the report, whatever comes of it. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readNotebook, writeNotebook } from "../../../kernel/notebook/notebook.js";
import { runFile } from "../../../kernel/notebook/runFile.js";
import { stubKernel } from "./stubKernel.js";

let directory = "";
const written: string[] = [];
const stream = { write: (text: string) => written.push(text) };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sptlab-run-"));
  written.length = 0;
  const cells = [
    { cell_type: "markdown" as const, id: "a", metadata: {}, source: "# Demo" },
    ...["let seed = 0;", "work"].map((source, index) => ({
      cell_type: "code" as const,
      id: `c${index}`,
      metadata: index === 0 ? { tags: ["parameters"] } : {},
      source,
      execution_count: null,
      outputs: [],
    })),
  ];
  await writeFile(join(directory, "demo.ipynb"), writeNotebook({ metadata: {}, cells }));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

const paths = () => ({
  outputPath: join(directory, "out", "demo.ipynb"),
  htmlPath: join(directory, "out", "demo.html"),
});

test("the executed notebook has papermill's metadata, and the last line names the report", async () => {
  const print = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const { kernel, ran } = stubKernel({
    work: (send) => {
      send("stream", { name: "stdout", text: "hello\n" });
      return "ok";
    },
  });
  const { outputPath, htmlPath } = paths();
  const start = async () => kernel;
  const result = await runFile(join(directory, "demo.ipynb"), {
    settings: ["seed=4"],
    outputPath,
    htmlPath,
    stream,
    start,
  });
  expect(result.status).toBe("completed");
  expect(ran).toEqual(["let seed = 0;", "// Parameters\nlet seed = 4;", "work"]);
  const executed = readNotebook(await readFile(outputPath, "utf8"), "demo");
  expect(executed.metadata.papermill).toMatchObject({
    parameters: { seed: 4 },
    exception: null,
    output_path: outputPath,
  });
  expect(executed.metadata.sptlab).toMatchObject({ parameters: { seed: 4 }, runs: [], seconds: expect.any(Number) });
  expect(executed.cells.at(-1)).toMatchObject({ execution_count: 3, outputs: [{ text: "hello\n" }] });
  expect(await readFile(htmlPath, "utf8")).toContain("hello");
  expect(print).toHaveBeenLastCalledWith(`report: ${htmlPath}\n`);
  expect(written.join("")).toContain("cell 3/3    0 s  hello");
});

test("a failing cell is written and reported all the same", async () => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const { kernel } = stubKernel({ work: () => "error" });
  const { outputPath, htmlPath } = paths();
  const start = async () => kernel;
  const result = await runFile(join(directory, "demo.ipynb"), { outputPath, htmlPath, stream, start });
  expect(result.status).toBe("failed");
  expect(await readFile(outputPath, "utf8")).toContain('"output_type": "error"');
  expect(await readFile(htmlPath, "utf8")).toContain("broken");
  expect(written.join("")).toContain("cell 2 failed: Error: broken");
});

test.each(["SIGINT", "SIGTERM"] as const)("%s interrupts the cell, and the notebook is still written", async (name) => {
  const { kernel, state } = stubKernel({
    work: () =>
      new Promise((resolve) => {
        state.onInterrupt = () => resolve("error");
        process.emit(name);
      }),
  });
  const { outputPath } = paths();
  const start = async () => kernel;
  const listeners = process.listenerCount(name);
  const result = await runFile(join(directory, "demo.ipynb"), { outputPath, stream, start });
  expect(result.status).toBe("stopped");
  expect(state.interrupts).toBe(1);
  expect(readNotebook(await readFile(outputPath, "utf8"), "demo").cells).toHaveLength(3);
  expect(process.listenerCount(name)).toBe(listeners);
});

test("a wrong parameter fails before a kernel is started", async () => {
  const start = vi.fn();
  await expect(runFile(join(directory, "demo.ipynb"), { settings: ["sed=1"], stream, start })).rejects.toThrow(
    /no parameter/,
  );
  expect(start).not.toHaveBeenCalled();
});
