/** `sptlab report` and `sptlab verify` as processes: a real kernel on real sockets (built by `npm test`'s first step). */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CodeCell, writeNotebook } from "../../../kernel/notebook/notebook.js";
import { executedCell, someRun } from "../notebook/executed.js";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sptlab-verify-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function sptlab(...args: string[]) {
  const child = spawn(process.execPath, [resolve("dist/kernel/cli.js"), ...args], { cwd: directory });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (part: string) => {
      text[name] += part;
    });
  }
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, ...text };
}

/** A notebook with a parameter, a number with a duration, and a run record. */
async function writeSource(): Promise<string> {
  const record = { ...someRun, curves: {} };
  const sources = [
    "let seed = 1;",
    'const score = seed / 3;\nconsole.log("score", score, "after", performance.now(), "ms");',
    `const directory = (process.env.SPTLAB_RUNS ?? "runs") + "/${record.id}";\n` +
      `await spt.writeRecord({ ...${JSON.stringify(record)}, metrics: { score }, directory } as any);`,
  ];
  const cells = sources.map((source, index): CodeCell => {
    const cell = executedCell(source, [], index === 0 ? ["parameters"] : []);
    return { ...cell, id: `c${index}`, execution_count: null };
  });
  const path = join(directory, "in.ipynb");
  await writeFile(path, writeNotebook({ metadata: {}, cells }));
  return path;
}

test("a run is verified with its parameters, by its report alone; an altered number is named, and the status is 1", async () => {
  const path = await writeSource();
  const never = await sptlab("verify", path);
  expect(never.code).toBe(2);
  expect(never.stderr).toMatch(/never executed.*sptlab run/);

  expect((await sptlab("run", path, "-p", "seed=5", "--output", "out.ipynb")).code).toBe(0);
  const reported = await sptlab("report", "out.ipynb");
  expect(reported.stdout).toBe(`report: ${join(directory, "out.html")}\n`);
  const verified = await sptlab("verify", "out.html", "--json");
  expect(verified.code).toBe(0);
  const { status, tolerance, checks, leftOut } = JSON.parse(verified.stdout);
  expect({ status, tolerance, leftOut }).toEqual({ status: "matched", tolerance: 0, leftOut: { duration: 1 } });
  const places: string[] = checks.map(({ place }: { place: string }) => place);
  expect([...new Set(places)]).toEqual(["cell 3, text", `run 1 (${someRun.id})`]);
  const number = { name: "word 2", expected: 5 / 3, actual: 5 / 3, isMatch: true };
  expect(checks).toContainEqual({ place: "cell 3, text", ...number });

  const executed = await readFile(join(directory, "out.ipynb"), "utf8");
  await writeFile(join(directory, "altered.ipynb"), executed.replace(`score ${5 / 3}`, "score 1.75"));
  const { code, stdout } = await sptlab("verify", "altered.ipynb");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ok {2}run 1 /m);
  expect(stdout).toMatch(
    /^NOT cell 3, text: 0 of 1 numbers and 2 of 2 words match\n {6}NOT word 2: 1\.75 then, 1\.6+7 now/m,
  );
  expect(stdout).toContain("note: cells or numbers were changed");
  expect(stdout.trim().split("\n").at(-1)).toMatch(/^MISMATCHED: /);
}, 180_000);
