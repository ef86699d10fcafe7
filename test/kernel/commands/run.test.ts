/** `sptlab run` as a process: a real kernel on real sockets (built by `npm test`'s first step). */

import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CodeCell, readNotebook, writeNotebook } from "../../../kernel/notebook/notebook.js";

let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sptlab-run-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Writes a notebook of `sources`; the first cell is tagged `parameters`. */
async function notebookOf(...sources: string[]): Promise<string> {
  const cells = sources.map(
    (source, index): CodeCell => ({
      cell_type: "code",
      id: `c${index}`,
      metadata: index === 0 ? { tags: ["parameters"] } : {},
      source,
      execution_count: null,
      outputs: [],
    }),
  );
  const path = join(directory, "in.ipynb");
  await writeFile(path, writeNotebook({ metadata: {}, cells }));
  return path;
}

/** Runs the built command; `onStart` gets its process id. */
async function run(args: string[], onStart: (pid: number) => void = () => undefined) {
  const child = spawn(process.execPath, [resolve("dist/kernel/cli.js"), "run", ...args], { cwd: directory });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  onStart(child.pid ?? 0);
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, text };
}

const outputsOf = async (path: string) =>
  readNotebook(await readFile(path, "utf8"), path).cells.map((cell) => (cell.cell_type === "code" ? cell.outputs : []));

test("cells run in order with injected parameters, and the report is named last", async () => {
  const path = await notebookOf(
    "let name = 'nobody';",
    "const greeting: string = 'hello ' + name;\nconsole.log(greeting);",
    "greeting.length",
  );
  const html = join(directory, "deep", "report.html");
  const { code, text } = await run([path, "-p", "name=Ada", "--html", html]);
  expect(text.trim().split("\n").at(-1)).toBe(`report: ${html}`);
  expect(code).toBe(0);
  const outputs = await outputsOf(join(directory, "runs", "in", "in.ipynb"));
  expect(outputs[2]).toEqual([{ output_type: "stream", name: "stdout", text: "hello Ada\n" }]);
  expect(outputs[3]).toMatchObject([{ output_type: "execute_result", data: { "text/plain": "9" } }]);
  expect(await readFile(html, "utf8")).toContain("hello Ada");
});

test("a failing cell gives status 1; what ran is written with its figure and the error, and later cells do not run", async () => {
  const path = await notebookOf(
    "plot.gateHeatMap({ gates: [[0.4, 0.6]] })",
    'throw new RangeError("too far")',
    "console.log('later')",
  );
  const output = join(directory, "out.ipynb");
  const { code, text } = await run([path, "--output", output]);
  expect(code).toBe(1);
  expect(text).toContain("cell 2 failed: RangeError: too far");
  const outputs = await outputsOf(output);
  const [figure] = outputs[0] ?? [];
  expect(figure && "data" in figure && Object.keys(figure.data).sort()).toEqual([
    "application/vnd.plotly.v1+json",
    "image/svg+xml",
    "text/html",
    "text/plain",
  ]);
  expect(outputs[1]).toMatchObject([{ output_type: "error", ename: "RangeError", evalue: "too far" }]);
  expect(outputs[2]).toEqual([]);
});

test("Ctrl-C interrupts an endless cell, and what it put out is written", async () => {
  const marker = join(directory, "begun");
  const path = await notebookOf(
    `console.log("begun");\n(await import("node:fs")).writeFileSync(${JSON.stringify(marker)}, "");\nwhile (true) {}`,
  );
  const output = join(directory, "out.ipynb");
  const running = run([path, "--output", output], (pid) => {
    const watcher = watch(directory, (_, name) => {
      if (name !== "begun") return;
      watcher.close();
      process.kill(pid, "SIGINT");
    });
  });
  expect((await running).code).toBe(130);
  const [outputs] = await outputsOf(output);
  expect(outputs?.[0]).toMatchObject({ output_type: "stream", text: "begun\n" });
  expect(outputs?.at(-1)).toMatchObject({ output_type: "error", ename: "KeyboardInterrupt" });
});
